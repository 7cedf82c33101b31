// Serves the built console and answers its requests out of `picture.mjs`: for looking at pages, not for proving the box.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { cards } from "./picture-cards.mjs";
import { ME, callRow, ledgerOf, waveform } from "./picture.mjs";
import { settings } from "./picture-settings.mjs";

const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
// As the box sends it: what the console may not do there, it may not do here.
const POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

export async function serveDist() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://box").pathname);
    const file = path === "/" ? "index.html" : path;
    try {
      const body = await readFile(join(DIST, file));
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

const json = (route, value, status = 200) =>
  route.fulfill({ status, contentType: "application/json", headers: { Date: new Date().toUTCString() }, body: JSON.stringify(value) });

/** Puts a painted box behind a page. `role` null: nobody is logged in. */
export async function paint(page, { view, role = "agent", rows = 0, language = "zh", firstBoot = false, empty = false, problems = [], changes = [], boxOfCards = "real" }) {
  const me = { id: ME, login: "linxy", name: "林晓月", role: role ?? "agent", language };
  const answers = {
    "/status": () => ({ version: "0.1.0", site: "九州购物呼叫中心", language, first_boot: firstBoot }),
    "/session": () => me,
    "/me/preferences": () => ({}),
    "/settings": () => settings(empty),
    "/settings/check": () => ({ problems, changes }),
    "/settings/history": () => ({ total: 2, rows: history(), page: 1, per_page: 20 }),
    "/prompts": () => ({ rows: prompts() }),
    "/directory": directory,
    "/alarms": () => ({ total: 5, page: 1, per_page: 50, rows: view.spans.length ? alarms() : [] }),
    "/faxes": () => faxes(view),
    "/audit": () => ({ total: 3, page: 1, per_page: 50, rows: audit() }),
    "/health": () => health(),
    "/cards": () => cards(view, boxOfCards),
  };
  await page.route("**/api/v1/**", (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname.replace("/api/v1", "");
    if (path === "/session" && role === null) return json(route, { error: "not_logged_in", zh: "", en: "" }, 401);
    if (answers[path]) return json(route, answers[path]());
    if (path === "/calls") return json(route, callPage(url, rows));
    if (/^\/calls\/\d+$/.test(path)) return json(route, callDetail());
    if (path.startsWith("/circuits/")) return json(route, circuit());
    if (path.endsWith("/trace")) return json(route, { lines: trace() });
    if (path === "/queues/intervals") return json(route, queueDay(view));
    if (path.endsWith("/waveform")) return json(route, waveform());
    if (path.startsWith("/agents/")) return json(route, { locked: false, has_password: true });
    return json(route, { error: "not_found", zh: "没有", en: "none" }, 404);
  });
  await page.routeWebSocket("**/api/v1/events*", (socket) => {
    socket.send(JSON.stringify({ type: "snapshot", view }));
  });
}

function callPage(url, total) {
  const per = Number(url.searchParams.get("per_page") ?? 50);
  const page = Number(url.searchParams.get("page") ?? 1);
  const count = Math.max(0, Math.min(per, total - (page - 1) * per));
  return { total, page, per_page: per, rows: Array.from({ length: count }, (_, i) => callRow((page - 1) * per + i)) };
}

function callDetail() {
  const row = { ...callRow(1), outcome: "answered", recordings: ["1"], talk_millis: 154_000, agent: 7 };
  const quality = [{ leg: "2", extension: "8007", received: 7712, lost: 9, jitter_micros: 2400, mos_hundredths: 418, far_mos_hundredths: 431, srtp: { always: "AEAD_AES_128_GCM" } }, { leg: "3", extension: "8012", received: 2204, lost: 0, jitter_micros: 900, srtp: "never" }];
  const hold = { since: Date.now() - 86_400_000, by: "admin", why: "客户投诉，案号 2026-118" };
  const recordings = [
    { id: "1", millis: 187_400, bytes: 2_998_400, state: "ready", pauses: [[61_000, 83_500]], hold, deleted: null },
    { id: "2", millis: 0, bytes: 0, state: "in_progress", pauses: [], hold: null, deleted: null },
  ];
  return { cdr: { ...row, quality }, ledger: ledgerOf(row), recordings };
}

function history() {
  const change = { at: "/queues/[1]/ring_seconds", before: 15, after: 20 };
  return [
    { version: 7, author: "admin", at: Date.now() - 3_600_000, note: "旺季多响几声", changes: [change] },
    { version: 6, author: "admin", at: Date.now() - 90_000_000, note: null, changes: [change, { at: "/agents/[7]", before: null, after: { id: 7, name: "林晓月" } }] },
  ];
}

function directory() {
  const { services, flows } = settings(false).settings;
  const queues = ["订购", "售后服务", "投诉与建议"].map((name, i) => ({ id: i + 1, name, wrap_up_codes: ["已下单", "咨询", "投诉", "无效来电"] }));
  return { agents: [], extensions: [], queues, services, flows: flows.map(({ id, name }) => ({ id, name })), utc_offset_minutes: 480 };
}

/** Some quarters of an hour of each queue, one of them quiet. */
function queueDay(view) {
  const each = 900_000;
  const from = Date.now() - (Date.now() % each) - 20 * each;
  const rows = (view?.queues ?? []).flatMap((queue) =>
    [...Array(20).keys()].filter((i) => i !== 12).map((i) => {
      const answered = 8 + ((i * 7 + queue.id * 3) % 11);
      const late = (i * queue.id) % 5;
      const zero = { overflowed: 0, transferred: 0, waited_millis: answered * 9000, longest_millis: 31_000 };
      return { queue: queue.id, from: from + i * each, offered: answered + 1, answered, answered_in_goal: answered - late, abandoned: i % 3, ...zero };
    }),
  );
  return { from, each_millis: each, rows };
}

function trace() {
  const at = Date.now() - 600_000;
  const said = ["L1 S1 ==> SETUP", "L1 S1 --> Incoming", "L1 S1 <-- Proceed", "L1 S1 <== CALL PROCEEDING", "dialling -> in_flow by Routed", "Q1 A7 offered", "L2 sip <-- Offer", "L2 sip <== INVITE", "L2 sip ==> 180 Ringing", "L2 sip ==> 200 OK", "L1 === L2", "L1 S1 <== CONNECT", "L1 S1 ==> CONNECT ACKNOWLEDGE"];
  return said.map((text, i) => ({ seq: i, at: at + i * 137, text }));
}

function prompts() {
  return [
    { name: "welcome", language: "zh", text: "您好，欢迎致电九州购物。", site: false, shipped: true, bytes: 51_200 },
    { name: "menu/main", language: "zh", text: "订购请按一，售后请按二。", site: true, shipped: false, bytes: 86_400 },
    { name: "welcome", language: "en", text: null, site: false, shipped: true, bytes: 19_200 },
  ];
}

function circuit() {
  const report = { test: "bit_errors", octets: 184_000, in_step: true, bits: 1_472_000, errors: 3, losses: 0, level: null, noise: null };
  const state = { state: "blocked_by_us", since: Date.now() - 95_000, blocked_by_us: true, blocked_by_peer: false };
  return { circuit: { span: 1, slot: 4 }, ...state, leg: null, call: null, last_leg: "9", test: "bit_errors", signalling: null, agrees: true, test_report: report };
}

function faxes(view) {
  const now = Date.now();
  const row = (id, direction, state, number, pages, more = {}) => ({
    id: String(id),
    direction,
    extension: "8900",
    number,
    station: state === "complete" ? "+86 21 6000 0001" : "",
    state,
    reason: "",
    pages,
    bits_a_second: pages ? 14_400 : 0,
    attempts: 1,
    began: now - id * 3_600_000,
    ended: state === "talking" || state === "waiting" ? null : now - id * 3_600_000 + 95_000,
    ...more,
  });
  const rows = [
    row(1, "received", "talking", "02160000001", 2),
    row(2, "sent", "waiting", "02160000002", 0, { attempts: 2, reason: "user busy" }),
    row(3, "received", "complete", "02160000001", 5),
    row(4, "sent", "complete", "01062770334", 1),
    row(5, "sent", "no_fax", "13812345678", 0, { reason: "Timed out waiting for initial communication" }),
    row(6, "received", "broken", "02160000009", 1, { reason: "The call dropped prematurely" }),
  ];
  return { total: rows.length, page: 1, per_page: 50, rows: view.spans.length ? rows : [], boxes: [{ number: "8900", name: "传真" }] };
}

function alarms() {
  const now = Date.now();
  const row = (id, kind, severity, span, slot, ago, lasted, title, advice) => ({
    id: String(id),
    kind,
    severity,
    span,
    slot,
    began: now - ago * 60_000,
    ended: lasted === null ? null : now - (ago - lasted) * 60_000,
    cut: id === 5,
    title,
    advice,
  });
  const los = { zh: "信号丢失(LOS)", en: "Loss of signal (LOS)" };
  const cable = { zh: "没有收到信号。检查本端口的电缆和接头,收发是否接反。", en: "No signal arrives. Check this connector's cable." };
  const healed = { zh: "电路占死已清除", en: "Stuck circuit cleared" };
  const down = { zh: "信令中断", en: "Signalling down" };
  return [
    row(1, "los", "critical", 2, null, 4, null, los, cable),
    row(2, "restart_unanswered", "minor", 1, 7, 12, null, { zh: "电路复位无应答", en: "Circuit restart unanswered" }, cable),
    row(3, "circuit_healed", "notice", 1, 23, 95, 0, healed, cable),
    row(4, "signalling_down", "critical", 2, null, 300, 2.5, down, cable),
    row(5, "los", "critical", 1, null, 1500, 45, los, cable),
    row(6, "recordings_slow", "critical", 0, 2, 1700, 30, { zh: "录音磁盘过慢", en: "Recordings' disk is slow" }, cable),
  ];
}

function audit() {
  const at = Date.now();
  return [
    { at: at - 60_000, actor: "admin", source: "192.168.1.9", action: "settings", detail: "2 changes" },
    { at: at - 600_000, actor: "linxy", source: "192.168.1.31", action: "play_recording", detail: "R12 of C7000000000000000001" },
    { at: at - 900_000, actor: "-", source: "192.168.1.77", action: "log_in_refused", detail: "root" },
  ];
}

function health() {
  return {
    up_seconds: 90_123,
    parts: {
      media: { ticks_late: 0, ports: 62 },
      exchange: { inbox: 3, calls_total: 18_233, refused_congested: 0 },
      storage: { queue: 12, database_bytes: 1_200_000_000, recordings_free_bytes: 402_000_000_000 },
    },
    recording_keys: "plain_file",
    warnings: [{ zh: "线路 E1-2 的时钟滑码增多，请检查同步源", en: "E1-2 slips more than usual: check its clock source" }],
  };
}
