// Takes pictures of every page for people to look at: `node tests/browser/looks.mjs [part of a name]`.
// Both languages, both themes, two screens; nothing, work, and far too much of it. Fails if a page scrolls sideways, logs an error,
// or shows the key of a text instead of the text.

import { gzipSync } from "node:zlib";
import { SHOTS, openBrowser } from "./browser.mjs";
import { paint, serveDist } from "./painted.mjs";
import { EMPTY, exchange, sit, supervise } from "./picture.mjs";

const SMALL = { width: 1366, height: 768 };
const LARGE = { width: 1920, height: 1080 };
const VARIANTS = [
  { name: "zh-light-1366", language: "zh", theme: "light", viewport: SMALL },
  { name: "en-dark-1366", language: "en", theme: "dark", viewport: SMALL },
  { name: "en-light-1920", language: "en", theme: "light", viewport: LARGE },
  { name: "zh-dark-1920", language: "zh", theme: "dark", viewport: LARGE },
];

const full = (own) => ({ view: exchange({ own }), rows: 137 });
const nobody = (state) => sit({ ...EMPTY, agents: [], calls: [], extensions: [] }, state, Date.now());
const SCENES = [
  { name: "log-in", path: "/log-in", role: null, view: EMPTY },
  { name: "first-boot", path: "/first-boot", role: null, view: EMPTY, firstBoot: true },
  { name: "seat-signed-out", path: "/seat", ...full("signed_out") },
  { name: "seat-ready", path: "/seat", ...full("ready") },
  { name: "seat-ringing", path: "/seat", ...full("ringing") },
  { name: "seat-talking", path: "/seat", ...full("talking") },
  { name: "seat-transfer", path: "/seat", ...full("talking"), then: (page) => page.keyboard.press("F8") },
  { name: "seat-consulting", path: "/seat", ...full("consulting") },
  { name: "seat-wrap-up", path: "/seat", ...full("wrap_up") },
  { name: "seat-empty", path: "/seat", view: nobody("busy") },
  { name: "board", path: "/board", role: "administrator", view: exchange({ own: "ready" }) },
  { name: "board-fault", path: "/board", role: "supervisor", view: exchange({ own: "ready", fault: true }), then: (page) => page.locator(".cells button").nth(3).click() },
  {
    name: "board-bell",
    path: "/board",
    role: "supervisor",
    view: exchange({ own: "ready", fault: true }),
    then: (page) => page.locator("header .tool").first().click(),
  },
  {
    name: "board-circuit",
    path: "/board",
    role: "administrator",
    view: exchange({ own: "ready" }),
    then: async (page) => {
      await page.locator(".cells button").nth(3).click();
      await page.locator("[data-test=circuit-desk]").click();
      await page.locator("[data-test=line-test]").waitFor();
    },
  },
  {
    name: "board-supervise",
    path: "/board",
    role: "supervisor",
    view: supervise(exchange({ own: "busy" }), "whisper"),
    then: (page) => page.locator(".tile.talking").nth(1).click(),
  },
  { name: "board-empty", path: "/board", role: "administrator", view: EMPTY },
  { name: "board-crowded", path: "/board", role: "supervisor", view: exchange({ spans: 16, agents: 500, queues: 14, own: "ready" }) },
  { name: "alarms", path: "/alarms", role: "supervisor", view: exchange({ own: "ready", fault: true }) },
  { name: "alarms-empty", path: "/alarms", role: "supervisor", view: EMPTY },
  { name: "cards", path: "/cards", role: "administrator", view: exchange({ own: "ready", fault: true }) },
  {
    name: "cards-edited",
    path: "/cards",
    role: "administrator",
    view: exchange({ own: "ready", fault: true }),
    changes: [{ at: "/clocks", before: [2, 1], after: [1, 2] }],
    then: async (page) => {
      await page.locator("[data-test=clock-1] button").nth(0).click();
      await page.locator("[data-test=take-3]").click();
      await page.waitForTimeout(700);
      await page.locator("[data-test=cards-review]").click();
    },
  },
  { name: "cards-simulated", path: "/cards", role: "administrator", view: exchange({ own: "ready" }), boxOfCards: "simulated" },
  { name: "cards-empty", path: "/cards", role: "administrator", view: EMPTY, empty: true },
  { name: "calls", path: "/calls", role: "supervisor", ...full("ready"), rows: 48211 },
  { name: "calls-open", path: "/calls/7000000000000000001", role: "supervisor", ...full("ready") },
  {
    name: "calls-export",
    path: "/calls",
    role: "supervisor",
    ...full("ready"),
    rows: 48211,
    then: (page) => page.locator("[data-test=export]").click(),
  },
  {
    name: "calls-signalling",
    path: "/calls/7000000000000000001",
    role: "supervisor",
    ...full("ready"),
    then: (page) => page.locator("[data-test=view-signalling]").click(),
  },
  { name: "calls-ringing", path: "/calls", ...full("ringing") },
  ...["site", "lines", "numbers", "queue", "people", "call"].map((step) => ({ name: `guide-${step}`, path: `/guide/${step}`, role: "administrator", ...full("ready") })),
  { name: "calls-empty", path: "/calls?number=139", role: "supervisor", view: EMPTY },
  ...["site", "spans", "agents", "queues", "flows", "services", "prompts", "rooms", "recording", "sip", "calls", "history"].map((section) => ({
    name: `settings-${section}`,
    path: `/settings/${section}`,
    role: "administrator",
    ...full("ready"),
  })),
  { name: "settings-agents-open", path: "/settings/agents/0", role: "administrator", ...full("ready") },
  { name: "settings-queues-open", path: "/settings/queues/0", role: "administrator", ...full("ready") },
  {
    name: "settings-problems",
    path: "/settings/queues/0",
    role: "administrator",
    ...full("ready"),
    problems: [
      { at: "/queues/0/ring_seconds", zh: "振铃时长须在 1 到 120 秒之间", en: "Ring time must lie between 1 and 120 seconds" },
      { at: "/flows/0/nodes/2/keys/2", zh: "按键 2 指向不存在的节点“service2”，请改选", en: "Key 2 leads to no node “service2”: choose another" },
    ],
    then: (page) => page.locator(".form input").first().fill("订购热线"),
  },
  {
    name: "settings-flow-problems",
    path: "/settings/flows",
    role: "administrator",
    ...full("ready"),
    problems: [{ at: "/flows/0/nodes/2/keys/2", zh: "按键 2 指向不存在的节点“service2”，请改选", en: "Key 2 leads to no node “service2”: choose another" }],
    then: async (page) => {
      await page.locator(".box.menu").click();
      await page.locator(".top input").first().fill("订购热线（夜间）");
      await page.waitForTimeout(700);
    },
  },
  {
    name: "settings-apply",
    path: "/settings/queues/0",
    role: "administrator",
    ...full("ready"),
    changes: [
      { at: "/queues/[1]/ring_seconds", before: 20, after: 25 },
      { at: "/queues/[1]/announcements/position", before: true, after: false },
      { at: "/agents/[25]", before: null, after: { id: 25, login: "wangq", name: "王强", role: "agent", skills: [], extension: "8025", automatic_answer: false } },
      { at: "/extensions/[8028]", before: { number: "8028", name: "座席 28", password: "", may_dial_out: true }, after: null },
    ],
    then: async (page) => {
      await page.locator(".form input").first().fill("订购热线");
      await page.waitForTimeout(800);
      await page.locator(".bar.panel .el-button--primary").click();
      await page.waitForTimeout(400);
    },
  },
  { name: "settings-empty", path: "/settings/spans", role: "administrator", view: EMPTY, empty: true },
  { name: "system", path: "/system", role: "administrator", ...full("ready") },
  { name: "faxes", path: "/faxes", role: "supervisor", ...full("ready") },
  { name: "me", path: "/me", ...full("ready") },
];

async function look(browser, url, variant, scene) {
  const context = await browser.newContext({ viewport: variant.viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error ${error.message}`));
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type()) && !line.text().includes("Failed to load resource")) wrong.push(`${line.type()} ${line.text()}`);
  });
  await page.addInitScript(([language, theme]) => {
    localStorage.setItem("fastcall.preferences", JSON.stringify({ language, theme, keys: {}, columns: [], extension: "8007", navigation: null }));
  }, [variant.language, variant.theme]);
  await paint(page, { ...scene, role: scene.role === undefined ? "agent" : scene.role, language: variant.language });
  await page.goto(`${url}#${scene.path}`);
  await page.waitForTimeout(900);
  if (scene.then) {
    await scene.then(page);
    await page.waitForTimeout(400);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth + Math.max(0, (document.querySelector(".page")?.scrollWidth ?? 0) - (document.querySelector(".page")?.clientWidth ?? 0)));
  if (wide > 0) wrong.push(`${wide} px too wide`);
  const keys = await page.evaluate(() => document.body.innerText.match(/\b(page|frame|seat|board|calls|settings|system|breach|agent|phase|slot|outcome|event|field|guide|export|health|column|cards|alarms|audit)\.[a-z_]+/g));
  if (keys) wrong.push(`bare text keys ${[...new Set(keys)].join(" ")}`);
  await page.screenshot({ path: `${SHOTS}${scene.name}.${variant.name}.png` });
  await context.close();
  return wrong;
}

/** What the log-in page brings over the wire, compressed: under 300 kB. */
async function firstPage(browser, url) {
  const page = await browser.newPage();
  const bodies = [];
  page.on("response", (response) => {
    if (response.url().startsWith(url) && !response.url().includes("/api/")) bodies.push(response.body());
  });
  await paint(page, { view: EMPTY, role: null });
  await page.goto(`${url}#/log-in`);
  await page.locator("input[name=password]").waitFor();
  await page.waitForTimeout(500);
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  await page.close();
  console.log(`the log-in page: ${Math.round(bytes / 1024)} kB compressed`);
  return bytes < 300 * 1024 ? 0 : 1;
}

const only = process.argv[2] ?? "";
const variants = process.argv[3] ? VARIANTS.filter((v) => v.name.includes(process.argv[3])) : VARIANTS;
const server = await serveDist();
const browser = await openBrowser();
let failures = await firstPage(browser, server.url);
for (const scene of SCENES.filter((s) => s.name.includes(only))) {
  for (const variant of variants) {
    const wrong = await look(browser, server.url, variant, scene);
    for (const each of wrong) {
      failures += 1;
      console.error(`${scene.name}.${variant.name}: ${each}`);
    }
  }
}
await browser.close();
server.close();
if (failures > 0) process.exitCode = 1;
else console.log("every page looked at, nothing wrong that a machine can see");
