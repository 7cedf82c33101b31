// The guided first run, notes that reach the record, the day by quarter of an hour, and the health page's words.

import { expect, test } from "vitest";
import type { CallView, QueueDay, QueueInterval } from "../src/api/types";
import { quarters } from "../src/live/day";
import { phonePassword, reachedBy, stateOf } from "../src/pages/guide/steps";
import { content, unsaved } from "../src/pages/seat/drafts";
import { callOf, detailText, healthGroups, notable } from "../src/pages/system/health";

const nothing = { guide: { done: [], skipped: [], away: false }, settings: null, spans: [], extensions: [] };

/** What the box shows counts as done, whoever did it; what was passed over can still be done. */
test("a step is done by what the box shows or by being applied", () => {
  const up = { id: 1, name: "E1-1", group: null, up: true, alarms: [], since: 0, slots: [] };
  expect(stateOf("lines", nothing)).toBe("open");
  expect(stateOf("lines", { ...nothing, spans: [up] })).toBe("done");
  expect(stateOf("queue", { ...nothing, guide: { done: [], skipped: ["queue"], away: false } })).toBe("skipped");
  expect(stateOf("queue", { ...nothing, guide: { done: ["queue"], skipped: ["queue"], away: false } })).toBe("done");
});

test("a test call is followed from its arrival to the conversation", () => {
  const call = { phase: "in_flow", flow_path: ["Welcome"], queue: null, agent: null } as unknown as CallView;
  expect(reachedBy(call)).toEqual(["arrived", "served"]);
  expect(reachedBy({ ...call, queue: 1, agent: 7, phase: "ringing" })).toEqual(["arrived", "served", "rung"]);
  expect(reachedBy({ ...call, agent: 7, phase: "talking" })).toEqual(["arrived", "served", "rung", "spoken"]);
});

test("telephone passwords differ and have no letters that look alike", () => {
  const made = new Set(Array.from({ length: 50 }, phonePassword));
  expect(made.size).toBe(50);
  for (const each of made) expect(each).toMatch(/^[abcdefghjkmnpqrstuvwxyz23456789]{14}$/);
});

/** Nothing typed is lost: a draft says of itself whether the record has it. */
test("a note is unsaved until the record has the same", () => {
  const draft = { notes: "", code: null as string | null, at: 0, kept: undefined as string | undefined };
  expect(unsaved(draft)).toBe(false);
  draft.notes = " call back ";
  expect(unsaved(draft)).toBe(true);
  draft.kept = content(draft);
  draft.notes = "call back";
  expect(unsaved(draft)).toBe(false);
  draft.code = "order";
  expect(unsaved(draft)).toBe(true);
});

test("quarters in which nothing happened are gaps, not noughts", () => {
  const row: QueueInterval = { queue: 1, from: 0, offered: 4, answered: 3, answered_in_goal: 3, abandoned: 1, overflowed: 0, transferred: 0, waited_millis: 9, longest_millis: 5 };
  const day: QueueDay = { from: 0, each_millis: 100, rows: [row, { ...row, from: 200, answered: 0, answered_in_goal: 0, abandoned: 0 }] };
  expect(quarters(day, 1, 250, 16).map((each) => each.level)).toEqual([75, null, null]);
  expect(quarters(day, 2, 250, 2).map((each) => each.level)).toEqual([null, null]);
  expect(quarters(null, 1, 250, 2)).toEqual([]);
});

test("counters of trouble stand out, and the audit log speaks in words", () => {
  const say = (key: string, values?: Record<string, unknown>): string => `${key} ${Object.values(values ?? {}).join(" ")}`.trim();
  const groups = healthGroups({ up_seconds: 90_000, parts: { media: { wakes: 9, late_wakes: 2, skipped_ticks: 0 } }, warnings: [] }, say);
  expect(groups[0]?.rows[0]?.text).toBe("health.days 1 1 0");
  expect(groups[1]?.rows.filter(notable).map((row) => row.name)).toEqual(["late_wakes"]);
  const entry = { at: 0, actor: "admin", source: "-", action: "play_recording", detail: "R12 of C700" };
  expect(callOf(entry)).toBe("700");
  expect(detailText({ ...entry, action: "account", detail: "bo password=true locked=false" }, say)).toBe("bo · audit.detail_password");
});
