// How the live board bears 500 seats: `node tests/browser/crowd.mjs`. Streams 250 differences a second for ten seconds and prints how long the page
// was held up. A measurement, not a test: the figure belongs to the machine it was taken on.

import { openBrowser } from "./browser.mjs";
import { paint, serveDist } from "./painted.mjs";
import { exchange } from "./picture.mjs";

const STATES = ["ready", "ringing", "talking", "wrap_up"];
const view = exchange({ spans: 16, agents: 500, queues: 14 });
const server = await serveDist();
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
await paint(page, { view, role: "supervisor" });
let send;
await page.routeWebSocket("**/api/v1/events*", (socket) => {
  send = (frame) => socket.send(JSON.stringify(frame));
  send({ type: "snapshot", view });
});
await page.goto(`${server.url}#/board`);
await page.locator(".tile").nth(400).waitFor({ state: "attached" });
await page.evaluate(() => {
  window.held = [];
  new PerformanceObserver((list) => window.held.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
});
const began = Date.now();
let seq = 1;
while (Date.now() - began < 10_000) {
  for (let i = 0; i < 25; i++) {
    const agent = { ...view.agents[Math.floor(Math.random() * 500)], state: STATES[seq % 4], since: Date.now() };
    send({ type: "change", seq: (seq += 1), id: { kind: "agent", id: agent.id }, view: agent });
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const held = await page.evaluate(() => window.held);
const sum = held.reduce((a, b) => a + b, 0);
console.log(`${seq - 1} differences; held up over 50 ms: ${held.length} times, longest ${Math.round(Math.max(0, ...held))} ms, ${Math.round(sum / 10) / 10} % of the time`);
await browser.close();
server.close();
