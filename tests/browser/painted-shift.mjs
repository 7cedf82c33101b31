// A painted box with one call in it, just alive enough to try `agent.test.mjs` without a box. It proves nothing of the exchange.

import { paint, serveDist } from "./painted.mjs";
import { ME, exchange, sit } from "./picture.mjs";

const AFTER = {
  sign_in: "ready",
  ready: "ready",
  busy: "busy",
  answer: "talking",
  hold: "holding",
  retrieve: "talking",
  transfer: "consulting",
  complete_transfer: "wrap_up",
  cancel_transfer: "talking",
  wrap_up: "ready",
};

export async function paintedShift() {
  const server = await serveDist();
  const env = {
    BASE_URL: server.url,
    AGENT_LOGIN: "linxy",
    AGENT_PASSWORD: "blue-kettle-47",
    AGENT_EXTENSION: "8007",
    TRANSFER_TO: "8012",
    ADMIN_LOGIN: "admin",
    ADMIN_PASSWORD: "green-kettle-48",
    CONSULT_SECONDS: "0.5",
  };
  let state = "signed_out";
  let seq = 1;
  const sockets = new Set();

  function become(next) {
    state = next;
    const view = sit(exchange(), state, Date.now());
    const change = (kind, id, entity) => ({ type: "change", seq: (seq += 1), id: { kind, id }, view: entity });
    const own = view.agents.find((agent) => agent.id === ME);
    const mine = view.calls.filter((call) => call.id === "mine").at(-1);
    const call = own.call && state !== "wrap_up" ? mine : null;
    for (const frame of [change("agent", ME, own), change("call", "mine", call ?? null)]) {
      for (const socket of sockets) socket.send(JSON.stringify(frame));
    }
  }

  async function put(page) {
    let role = null;
    let name = "";
    await paint(page, { view: exchange(), role: "agent", rows: 40 });
    await page.route("**/api/v1/session", async (route) => {
      const request = route.request();
      const me = { id: name === "admin" ? 1 : ME, login: name, name, role, must_change_password: false };
      if (request.method() === "POST") {
        const asked = request.postDataJSON();
        if (![env.AGENT_PASSWORD, env.ADMIN_PASSWORD].includes(asked.password)) return route.fulfill({ status: 401, json: { error: "wrong_password", zh: "登录名或密码不对", en: "Wrong login or password" } });
        name = asked.login;
        role = name === "admin" ? "administrator" : "agent";
        return route.fulfill({ json: { token: "t", me: { ...me, id: name === "admin" ? 1 : ME, login: name, name, role } } });
      }
      return role ? route.fulfill({ json: me }) : route.fulfill({ status: 401, json: { error: "not_logged_in", zh: "", en: "" } });
    });
    await page.route("**/api/v1/seat", async (route) => {
      const next = AFTER[route.request().postDataJSON().do];
      if (next) become(next);
      return route.fulfill(next ? { json: {} } : { status: 409, json: { error: "not_now", zh: "", en: "" } });
    });
    await page.routeWebSocket("**/api/v1/events*", (socket) => {
      sockets.add(socket);
      socket.onClose(() => sockets.delete(socket));
      const view = exchange({ own: state });
      socket.send(JSON.stringify({ type: "snapshot", view: { ...view, seq } }));
    });
  }

  return { env, put, call: async () => become("ringing"), close: async () => server.close() };
}
