// Line cards and the order of clocks, as the page shows and changes them.

import { describe, expect, it } from "vitest";
import type { Settings } from "../src/api/settings";
import type { SpanView } from "../src/api/types";
import { cardRows, clockOrder, clockState, headline, leftOut, moved, portCounts, stillProposed, type CardReport, type CardsAnswer, type ClockReport, type FittedSpan } from "../src/pages/cards/cards";
import en from "../src/texts/en.json";

const span = (id: number, kind: "pri" | "analog", enabled = true) => ({ id, name: `line ${id}`, enabled, signalling: { kind }, blocked: [] });
const settings = (clocks: number[]): Settings => ({ spans: [span(1, "pri"), span(2, "pri"), span(3, "analog"), span(4, "pri", false)], clocks }) as unknown as Settings;
const fitted = (id: number, simulated = false): FittedSpan => ({ span: id, connector: `E1-${id}`, kind: "e1", simulated, ports: [] });
const report = (of: number | null, kind: string | null): CardReport => ({ span: of, connector: null, place: `DAHDI span ${of ?? 9}`, kind, channels: 31, device: "TE", description: "", alarms: [], counters: { slips: 4, fas: 0 }, clocked_by: null });
const live = (id: number, alarms: string[]): [number, SpanView] => [id, { id, name: `line ${id}`, group: null, up: alarms.length === 0, alarms, since: 0, slots: [] }];
const answer = (more: Partial<CardsAnswer>): CardsAnswer => ({ cards: [], problem: null, fitted: [], proposed: [], clock: null, ...more });
const states = (of: CardsAnswer, spans: [number, SpanView][]) => cardRows(of, new Map(spans), null).map((row) => row.state);

describe("cards", () => {
  it("serve, alarm, are missing, wait for settings or for the next start", () => {
    const said = answer({
      fitted: [1, 2, 3, 4, 5].map((id) => fitted(id)),
      cards: [report(1, "e1"), report(2, "e1"), report(3, null), report(4, "e1"), report(5, "e1"), report(null, "fxs")],
      proposed: [span(4, "pri")] as unknown as CardsAnswer["proposed"],
    });
    expect(states(said, [live(1, []), live(2, ["los"]), live(3, ["card_failed"])])).toEqual(["serves", "alarm", "missing", "not_set_up", "off", "unused"]);
  });
  it("are missing too where the driver cannot be asked", () => {
    const said = answer({ problem: "no driver", fitted: [fitted(1), fitted(2, true)] });
    expect(states(said, [live(1, ["card_failed"]), live(2, ["card_failed"])])).toEqual(["missing", "alarm"]);
  });
  it("show what was counted, and nothing of nought", () => {
    const [row] = cardRows(answer({ fitted: [fitted(1)], cards: [report(1, "e1")] }), new Map([live(1, [])]), null);
    expect(row?.counters).toEqual([["slips", 4]]);
    expect(row?.channels).toBe(31);
  });
  it("count their ports by what they are for", () => {
    const port = (slot: number, kind: "fxs" | "fxo") => ({ slot, kind, connector: "" });
    expect(portCounts([port(1, "fxo"), port(2, "fxs"), port(3, "fxs")])).toEqual([{ kind: "fxs", count: 2 }, { kind: "fxo", count: 1 }]);
  });
  it("are proposed until the draft has them", () => {
    const said = answer({ proposed: [span(2, "pri"), span(7, "pri")] as unknown as CardsAnswer["proposed"] });
    expect(stillProposed(said, settings([])).map((each) => each.id)).toEqual([7]);
  });
});

describe("the order of clocks", () => {
  it("is every digital line in use, unless the settings say another", () => {
    expect(clockOrder(settings([]))).toEqual([1, 2]);
    expect(clockOrder(settings([2]))).toEqual([2]);
    expect(clockOrder(settings([4, 3, 2, 9]))).toEqual([2]);
    expect(leftOut(settings([2])).map((each) => each.id)).toEqual([1]);
  });
  it("is changed a place at a time", () => {
    expect(moved([1, 2, 3], 2, -1)).toEqual([1, 3, 2]);
    expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
    expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
    expect(moved([1, 2, 3], 2, 1)).toEqual([1, 2, 3]);
  });
});

describe("the clock", () => {
  const line = (id: number, usable: boolean, since: number | null, returns: number | null = null) => ({ span: id, usable, since, returns });
  const of = (ruler: number | null, ...lines: ClockReport["lines"]): ClockReport => ({ ruler, since: 50, lines });

  it("is the first line's, or another's in its place since it failed", () => {
    expect(headline(of(1, line(1, true, 10)))).toMatchObject({ says: "clock_first", tone: "idle", since: 50 });
    expect(headline(of(2, line(1, false, 40), line(2, true, 10)))).toMatchObject({ says: "clock_fallback", ruler: 2, first: 1, failed: 40 });
    expect(headline(of(2, line(1, true, 60, 90), line(2, true, 10)))).toMatchObject({ says: "clock_returning", failed: null, returns: 90 });
  });
  it("is nobody's, the box's own, or not known", () => {
    expect(headline(of(null, line(1, false, 40)))).toMatchObject({ says: "clock_free", tone: "fault" });
    expect(headline(of(null))).toMatchObject({ says: "clock_own" });
    expect(headline(null)).toMatchObject({ says: "clock_silent" });
  });
  it("is told line by line", () => {
    const clock = of(2, line(1, false, 40), line(2, true, 10), line(3, true, 60, 90), line(4, true, 5), line(5, false, null));
    expect([1, 2, 3, 4, 5, 6].map((id) => clockState(clock, id))).toEqual(["failed", "rules", "returning", "ready", "unheard", "no_card"]);
    expect(clockState(null, 1)).toBe("no_card");
  });
  it("has its words in every state", () => {
    const words = en.cards as Record<string, string>;
    for (const state of ["rules", "ready", "returning", "failed", "unheard", "no_card"]) expect(words[`clock_state_${state}`]).toBeTruthy();
    for (const state of ["serves", "alarm", "missing", "unused", "not_set_up", "off"]) expect(words[`state_${state}`]).toBeTruthy();
  });
});
