import { expect, test } from "vitest";
import type { FlowNode, FlowSettings, Settings } from "../src/api/settings";
import { FIELDS, NODE_FIELDS, asked, put, read, write } from "../src/pages/settings/fields";
import { depths, edgesOf, layOut } from "../src/pages/settings/flow-layout";
import { NODE_KINDS, fresh, freshNode } from "../src/pages/settings/fresh";
import { place, valueText, type Words } from "../src/pages/settings/changes";
import { merge } from "../src/pages/settings/merge";
import { asMinutes, asTime } from "../src/pages/settings/minutes";

const base = { site: { name: "a", digits: 4 }, queues: [{ id: 1, ring: 20, goal: 80 }, { id: 2, ring: 20, goal: 80 }], codes: ["x"] };

/** Two administrators at once: what each changed is kept. */
test("changes in different places are both kept", () => {
  const mine = { ...base, queues: [{ id: 1, ring: 30, goal: 80 }, { id: 2, ring: 20, goal: 80 }, { id: 3, ring: 9, goal: 70 }] };
  const theirs = { ...base, site: { name: "b", digits: 4 }, queues: [{ id: 1, ring: 20, goal: 90 }] };
  const { value, conflicts } = merge(base, mine, theirs);
  expect(value).toEqual({ site: { name: "b", digits: 4 }, queues: [{ id: 1, ring: 30, goal: 90 }, { id: 3, ring: 9, goal: 70 }], codes: ["x"] });
  expect(conflicts).toEqual([]);
});

test("what both changed is named, and mine stands", () => {
  const mine = { ...base, site: { name: "mine", digits: 4 }, codes: ["x", "y"] };
  const theirs = { ...base, site: { name: "theirs", digits: 4 }, codes: ["z"] };
  const { value, conflicts } = merge(base, mine, theirs);
  expect(value.site.name).toBe("mine");
  expect(value.codes).toEqual(["x", "y"]);
  expect(conflicts).toEqual(["/site/name", "/codes"]);
});

test("who was removed by one and changed by the other is a conflict", () => {
  const mine = { ...base, queues: [base.queues[0]!] };
  const theirs = { ...base, queues: [base.queues[0]!, { id: 2, ring: 25, goal: 80 }] };
  const { value, conflicts } = merge(base, mine, theirs);
  expect(value.queues).toEqual([base.queues[0]]);
  expect(conflicts).toEqual(["/queues/[2]"]);
});

test("fields are read and written by their path", () => {
  const queue = { announcements: { wait: true } };
  write(queue, "announcements/wait", false);
  expect(read(queue, "announcements/wait")).toBe(false);
  expect(read(queue, "nothing/here")).toBeUndefined();
});

const empty = {
  site: { extension_digits: 4 }, spans: [], groups: [], extensions: [{ number: "8001" }], services: [], outbound: [], skills: [], agents: [], queues: [], flows: [],
} as unknown as Settings;

test("new members do not collide with those that are there", () => {
  expect(fresh("extensions", empty)).toMatchObject({ number: "8002" });
  expect(fresh("agents", { ...empty, agents: [{ id: 4 }] } as Settings)).toMatchObject({ id: 5 });
});

/** The box refuses fields it does not know: a node has those of its kind and no others. */
test("a fresh node has every field that its form shows", () => {
  for (const kind of NODE_KINDS) {
    const node = freshNode(kind, "n") as unknown as Record<string, unknown>;
    const shown = (NODE_FIELDS[kind] ?? []).map((field) => field.path).sort();
    const has = Object.keys(node).filter((key) => !["id", "title", "kind"].includes(key)).sort();
    expect(has, kind).toEqual(shown);
  }
});

const node = (id: string, kind: FlowNode["kind"], more: Partial<FlowNode> = {}): FlowNode => ({ id, title: id, kind, ...more });
const flow: FlowSettings = {
  id: 1, name: "f", version: 1, start: "hi",
  nodes: [
    node("hi", "play", { prompts: [], next: "menu" }),
    node("menu", "menu", { keys: { 1: "q", 9: "hi" }, otherwise: "bye" }),
    node("q", "queue", { queue: 1 }),
    node("bye", "hang_up", { prompts: [] }),
    node("alone", "hang_up", { prompts: [] }),
  ],
};

/** The caller's path runs from top to bottom; loops run back up; what nobody reaches is shown so. */
test("a flow is drawn in layers", () => {
  expect([...depths(flow)]).toEqual([["hi", 0], ["menu", 1], ["q", 2], ["bye", 2]]);
  const drawing = layOut(flow);
  const y = (id: string): number => drawing.boxes.find((box) => box.node.id === id)!.y;
  expect(y("hi")).toBeLessThan(y("menu"));
  expect(y("menu")).toBeLessThan(y("q"));
  expect(drawing.boxes.filter((box) => box.lost).map((box) => box.node.id)).toEqual(["alone"]);
  expect(drawing.edges.filter((edge) => edge.back).map((edge) => `${edge.from}->${edge.to}`)).toEqual(["menu->hi"]);
  expect(edgesOf(flow.nodes[1]!).map((edge) => edge.label)).toEqual(["1", "9", "otherwise"]);
});

test("a flow whose start is missing is drawn all the same", () => {
  expect(layOut({ ...flow, start: "nowhere" }).boxes.every((box) => box.lost)).toBe(true);
});

test("minutes and times", () => {
  expect(asTime(1350)).toBe("22:30");
  expect(asTime(1440)).toBe("24:00");
  expect(asMinutes("08:05")).toBe(485);
});

const words: Words = { say: (key) => key.split(".").at(-1) as string, knows: (key) => !key.includes("unknown") };

/** An administrator reads names, not pointers, before applying. */
test("changes are told by names", () => {
  const settings = { queues: [{ id: 3, name: "orders" }], flows: [{ id: 1, name: "hotline", nodes: [{ id: "m", title: "menu" }] }] } as unknown as Settings;
  const knows = { ...words, knows: (key: string) => ["section.queues", "field.queues.ring_seconds", "field.queues.announcements_position", "field.nodes.keys"].includes(key) };
  expect(place("/queues/[3]/ring_seconds", settings, knows)).toBe("queues · orders · ring_seconds");
  expect(place("/queues/[3]/announcements/position", settings, knows)).toBe("queues · orders · announcements_position");
  expect(place("/queues/[9]", settings, knows)).toBe("queues · 9");
  expect(place("/flows/[1]/nodes/[m]/keys/1", settings, knows)).toBe("flows · hotline · menu · keys · 1");
  expect(place("/elsewhere", settings, knows)).toBe("elsewhere");
});

test("values are told without empties, and passwords never", () => {
  expect(valueText({ id: 4, name: "wang", password: "secret", skills: [], extension: null, automatic_answer: false }, "agents", words)).toBe("name wang; automatic_answer no");
  expect(valueText([1, 2], "groups", words)).toBe("1, 2");
  expect(valueText(null, "groups", words)).toBe("–");
});

/** The box refuses fields of another kind of signalling: choosing a kind begins it anew. */
test("a span's form asks what its signalling knows, and nothing else", () => {
  const span = { id: 3, name: "E1-3", enabled: true, signalling: { kind: "pri", side: "network", dchannel: "raw", overlap_receiving: true, overlap_sending: false }, blocked: [] };
  const paths = (): string[] => asked(FIELDS.spans ?? [], span).map((field) => field.path);
  expect(paths()).toContain("signalling/side");
  expect(paths()).not.toContain("signalling/variant");
  const kind = FIELDS.spans?.find((field) => field.path === "signalling/kind");
  if (!kind) throw new Error("a span has a kind of signalling");
  put(span, kind, "r2");
  expect(span.signalling).toEqual({ kind: "r2", variant: "cn", called_digits: 8, ask_caller: true, caller_after: 0, crc4: "usual", answer_by_sound: false, cancel_echo: false });
  expect(paths()).toEqual(expect.arrayContaining(["signalling/variant", "signalling/called_digits", "signalling/ask_caller", "signalling/caller_after"]));
  expect(paths()).not.toContain("signalling/side");
});
