import { expect, test } from "vitest";
import { backoff } from "../src/api/events";
import type { AgentView, AlarmView, QueueView, SpanView } from "../src/api/types";
import { breaches, serviceLevel } from "../src/live/level";
import { apply } from "../src/live/store";

const queue = (change: Partial<QueueView> = {}): QueueView => ({
  id: 1, name: "orders", waiting: 0, longest_since: null, agents_signed_in: 3, agents_ready: 1, agents_talking: 2,
  offered: 12, answered: 8, abandoned: 2, overflowed: 0, answered_in_goal: 8, goal_percent: 80, goal_seconds: 20, ...change,
});
const span = (change: Partial<SpanView> = {}): SpanView => ({ id: 1, name: "E1-1", group: 1, up: true, alarms: [], since: 0, slots: [], ...change });
const agent = (change: Partial<AgentView> = {}): AgentView => ({
  id: 7, login: "lin", name: "Lin", state: "ready", since: 0, extension: "8007", reachable: true, reason: null, call: null, consult: null,
  calls_today: 0, wrap_up_until: null, wrap_up_codes: [], ...change,
});

/** A difference replaces, adds or takes away one entity. */
test("changes are applied whole", () => {
  const tables = { span: new Map(), queue: new Map(), agent: new Map([[7, agent()]]), call: new Map(), extension: new Map() };
  expect(apply(tables, { seq: 2, id: { kind: "agent", id: 7 }, view: agent({ state: "busy" }) })).toBe(true);
  expect(tables.agent.get(7)?.state).toBe("busy");
  apply(tables, { seq: 3, id: { kind: "agent", id: 7 }, view: null });
  expect(tables.agent.size).toBe(0);
  const unknown = { seq: 4, id: { kind: "ship", id: 1 }, view: null } as unknown as Parameters<typeof apply>[1];
  expect(apply(tables, unknown)).toBe(false);
});

test("the service level counts lost callers", () => {
  expect(serviceLevel(queue())).toBe(80);
  expect(serviceLevel(queue({ answered: 0, abandoned: 0 }))).toBeNull();
});

/** What breaks rises, faults before warnings, each with its reason. */
test("breaches say why", () => {
  const now = 100_000;
  const found = breaches([span({ alarms: ["los"] })], [queue({ waiting: 2, longest_since: now - 30_000 })], [agent({ reachable: false })], [], now);
  expect(found.map((each) => each.text)).toEqual(["span_alarm", "unreachable", "long_wait"]);
  expect(found[0]?.values.alarms).toBe("LOS");
  expect(breaches([span()], [queue()], [agent()], [], now)).toEqual([]);
});

/** A disk of recordings is told of where people look; what is wrong with lines the spans tell already. */
test("alarms of the box are breaches", () => {
  const alarm = (kind: string, span: number): AlarmView => ({ id: `${kind}${span}`, kind, span, slot: 2, began: 500, ended: null });
  const found = breaches([], [], [], [alarm("recordings_slow", 0), alarm("recordings_full", 0), alarm("los", 1)], 1000);
  expect(found.map((each) => [each.text, each.severity, each.values.disk, each.since])).toEqual([
    ["recordings_full", "fault", 2, 500],
    ["recordings_slow", "warning", 2, 500],
  ]);
});

test("callers whom nobody serves are a fault", () => {
  const found = breaches([], [queue({ waiting: 1, longest_since: 0, agents_signed_in: 0 })], [], [], 1000);
  expect(found.map((each) => [each.text, each.severity])).toEqual([["nobody", "fault"]]);
});

/** A wall of alike alarms says nothing: they become one line. */
test("many alike breaches are one", () => {
  const agents = Array.from({ length: 30 }, (_, i) => agent({ id: i, reachable: false, since: 1000 + i }));
  const found = breaches([], [], agents, [], 5000);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ text: "many_unreachable", since: 1000, values: { count: 30 } });
});

/** 500 seats do not come back at the same moment. */
test("the wait before trying again doubles, with chance, up to its limit", () => {
  expect(backoff(0, 0)).toBe(500);
  expect(backoff(0, 1)).toBe(1000);
  expect(backoff(3, 1)).toBe(8000);
  expect(backoff(20, 1)).toBe(15_000);
});
