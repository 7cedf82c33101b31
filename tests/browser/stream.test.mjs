// The live view over a connection that breaks, on a painted box: what the console does, whatever the box.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./browser.mjs";
import { paint, serveDist } from "./painted.mjs";
import { exchange } from "./picture.mjs";

let browser;
let server;
before(async () => {
  browser = await openBrowser();
  server = await serveDist();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A break is visible, nothing on the screen is lost, and the stream goes on after the last difference seen. */
test("a broken connection is shown, and resumed by sequence number", async () => {
  const page = await browser.newPage();
  const view = { ...exchange({ own: "ready" }), seq: 40 };
  await paint(page, { view, role: "supervisor" });
  const asked = [];
  let socket;
  await page.routeWebSocket("**/api/v1/events*", (fresh) => {
    socket = fresh;
    asked.push(new URL(fresh.url()).searchParams.get("since"));
    if (asked.length === 1) fresh.send(JSON.stringify({ type: "snapshot", view }));
    else fresh.send(JSON.stringify({ type: "change", seq: 42, id: { kind: "queue", id: 1 }, view: { ...view.queues[0], name: "后来改名" } }));
  });
  await page.goto(`${server.url}#/board`);
  await page.locator(".tile").first().waitFor();
  socket.send(JSON.stringify({ type: "change", seq: 41, id: { kind: "queue", id: 2 }, view: null }));
  await page.waitForFunction((count) => document.querySelectorAll(".queues tbody tr").length === count, view.queues.length - 1);
  await socket.close();
  await page.locator(".lost").waitFor();
  assert.ok((await page.locator(".tile").count()) > 10, "what was known stays on the screen");
  await page.getByText("后来改名", { exact: true }).waitFor();
  await page.locator(".lost").waitFor({ state: "detached" });
  assert.deepEqual(asked, [null, "41"]);
  await page.close();
});

/** SEC: a session that ends while the page is open leads to the log-in page, and back afterwards. */
test("an ended session leads to the log-in page", async () => {
  const page = await browser.newPage();
  await paint(page, { view: exchange({ own: "ready" }), role: "supervisor" });
  let socket;
  await page.routeWebSocket("**/api/v1/events*", (fresh) => {
    socket = fresh;
    fresh.send(JSON.stringify({ type: "snapshot", view: exchange({ own: "ready" }) }));
  });
  await page.goto(`${server.url}#/calls?search=138`);
  await page.locator(".el-table").waitFor();
  await page.route("**/api/v1/session", (route) => route.fulfill({ status: 401, json: { error: "not_logged_in", zh: "", en: "" } }));
  await socket.close();
  await page.locator("input[name=password]").waitFor();
  assert.match(page.url(), /log-in\?to=/);
  await page.close();
});

/** Two administrators: the second one's draft is laid over the first one's settings, and nothing is lost. */
test("settings changed by somebody else meanwhile are merged with the draft", async () => {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  const { settings } = await import("./picture-settings.mjs");
  await paint(page, { view: exchange({ own: "ready" }), role: "administrator", changes: [{ at: "/queues/[1]/name", before: "订购", after: "订购热线" }] });
  let newest = settings(false);
  const applied = [];
  await page.route("**/api/v1/settings", (route) => {
    if (route.request().method() === "GET") return route.fulfill({ json: newest });
    const asked = route.request().postDataJSON();
    if (asked.based_on !== newest.version) return route.fulfill({ status: 409, json: { error: "outdated", zh: "", en: "" } });
    applied.push(asked);
    newest = { ...newest, version: newest.version + 1, settings: asked.settings };
    return route.fulfill({ json: { version: newest.version, changes: [] } });
  });
  await page.goto(`${server.url}#/settings/queues/0`);
  await page.locator(".form input").first().fill("订购热线");
  const theirs = settings(false);
  theirs.settings.queues[1].ring_seconds = 45;
  newest = { ...theirs, version: 8, author: "bo" };
  await page.locator(".bar.panel .el-button--primary:not(.is-disabled)").click();
  const apply = page.locator(".el-dialog .el-button--primary:not(.is-disabled)");
  await apply.click();
  await page.locator(".el-dialog .el-alert--warning").waitFor();
  await apply.click();
  await page.locator(".el-dialog .el-alert--warning").waitFor({ state: "detached" });
  await apply.click();
  await page.locator(".el-message--success").waitFor();
  assert.equal(applied.length, 1);
  assert.equal(applied[0].based_on, 8);
  assert.equal(applied[0].settings.queues[0].name, "订购热线");
  assert.equal(applied[0].settings.queues[1].ring_seconds, 45);
  await page.close();
});
