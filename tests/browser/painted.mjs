// Serves the built console and answers its requests out of `picture.mjs`: for looking at pages, not for proving the box.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { ME, callRow, ledgerOf, waveform } from "./picture.mjs";
import { settings } from "./picture-settings.mjs";

const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

export async function serveDist() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://box").pathname);
    const file = path === "/" ? "index.html" : path;
    try {
      const body = await readFile(join(DIST, file));
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
export async function paint(page, { view, role = "agent", rows = 0, language = "zh", firstBoot = false, empty = false }) {
  const me = { id: ME, login: "linxy", name: "林晓月", role: role ?? "agent", language };
  const answers = {
    "/status": () => ({ version: "0.1.0", site: "九州购物呼叫中心", language, first_boot: firstBoot, utc_offset_minutes: 480 }),
    "/session": () => me,
    "/me/preferences": () => ({}),
    "/settings": () => settings(empty),
    "/settings/check": () => ({ problems: [], changes: [] }),
    "/settings/history": () => ({ total: 2, rows: history(), page: 1, per_page: 20 }),
    "/prompts": () => ({ prompts: prompts() }),
    "/audit": () => ({ total: 3, page: 1, per_page: 50, rows: audit() }),
    "/health": () => health(),
  };
  await page.route("**/api/v1/**", (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname.replace("/api/v1", "");
    if (path === "/session" && role === null) return json(route, { error: "not_logged_in", zh: "", en: "" }, 401);
    if (answers[path]) return json(route, answers[path]());
    if (path === "/calls") return json(route, callPage(url, rows));
    if (/^\/calls\/\d+$/.test(path)) return json(route, callDetail());
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
  return { cdr: row, ledger: ledgerOf(row), recordings: [{ id: "1", millis: 187_400, bytes: 2_998_400 }] };
}

function history() {
  const change = { at: "/queues/[1]/ring_seconds", before: 15, after: 20 };
  return [
    { version: 7, author: "admin", at: Date.now() - 3_600_000, note: "旺季多响几声", changes: [change] },
    { version: 6, author: "admin", at: Date.now() - 90_000_000, note: null, changes: [change, { at: "/agents/[7]", before: null, after: { id: 7, name: "林晓月" } }] },
  ];
}

function prompts() {
  return [
    { name: "welcome", language: "zh", text: "您好，欢迎致电九州购物。", shipped: true, millis: 3200 },
    { name: "menu/main", language: "zh", text: "订购请按一，售后请按二。", shipped: false, millis: 5400 },
    { name: "welcome", language: "en", text: "Welcome.", shipped: true, millis: 1200 },
  ];
}

function audit() {
  const at = Date.now();
  return [
    { at: at - 60_000, who: "admin", address: "192.168.1.9", what: "settings_applied", detail: "version 7" },
    { at: at - 600_000, who: "linxy", address: "192.168.1.31", what: "recording_played", detail: "7000000000000000001" },
    { at: at - 900_000, who: "linxy", address: "192.168.1.31", what: "log_in", detail: "" },
  ];
}

function health() {
  return {
    version: "0.1.0",
    uptime_seconds: 90_123,
    threads: { media: { state: "ok", late_ticks: 0 }, exchange: { state: "ok", inbox: 3 }, storage: { state: "ok", queue: 12 } },
    disk: { recordings_free_bytes: 402_000_000_000, database_bytes: 1_200_000_000 },
    counters: { calls_total: 18_233, refused_congested: 0, q931_status_sent: 4, rtp_from_strangers: 12 },
  };
}
