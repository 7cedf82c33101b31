// Line cards and the clock as the box tells them, made into what an installer looks at.

import type { Settings, SpanSettings } from "@/api/settings";
import type { Millis, SpanView } from "@/api/types";
import type { Tone } from "@/look/states";

/** A span as the kernel's driver has it, or one that the driver should have and has not (`kind` null). */
export interface CardReport {
  /** Null: the box does not use it. */
  span: number | null;
  connector: string | null;
  place: string;
  kind: string | null;
  channels: number;
  device: string;
  description: string;
  alarms: string[];
  counters: Record<string, number>;
  /** The driver's span that clocks it. */
  clocked_by: number | null;
}

export interface FittedPort {
  slot: number;
  kind: "fxs" | "fxo";
  connector: string;
}

/** A span that the box is built with. */
export interface FittedSpan {
  span: number;
  connector: string;
  kind: "e1" | "bri" | "analog";
  simulated: boolean;
  ports: FittedPort[];
}

export interface ClockLine {
  span: number;
  usable: boolean;
  since: Millis | null;
  /** When the clock comes back to it, if it holds until then. */
  returns: Millis | null;
}

export interface ClockReport {
  /** Null: no line clocks the cards. */
  ruler: number | null;
  since: Millis | null;
  /** Lines with a real card, best first. */
  lines: ClockLine[];
}

export interface CardsAnswer {
  cards: CardReport[];
  /** Why the driver cannot be asked. */
  problem: string | null;
  fitted: FittedSpan[];
  /** Settings for spans that have none. */
  proposed: SpanSettings[];
  /** Null: the exchange does not answer. */
  clock: ClockReport | null;
}

export type CardState = "serves" | "alarm" | "missing" | "unused" | "not_set_up" | "off";

export interface CardRow {
  key: string;
  span: number | null;
  name: string;
  connector: string;
  kind: string;
  channels: number | null;
  ports: FittedPort[];
  simulated: boolean;
  /** The card's name, and where it is plugged in. */
  device: string;
  place: string;
  state: CardState;
  alarms: string[];
  /** Counters above nought. */
  counters: [string, number][];
}

export const toneOf: Record<CardState, Tone> = {
  serves: "idle",
  alarm: "fault",
  missing: "fault",
  unused: "hold",
  not_set_up: "hold",
  off: "off",
};

const counted = (report: CardReport | undefined): [string, number][] => Object.entries(report?.counters ?? {}).filter(([, count]) => count > 0);

function stateOf(fitted: FittedSpan, report: CardReport | undefined, proposed: boolean, live: SpanView | undefined): CardState {
  if (report && report.kind === null) return "missing";
  if (proposed) return "not_set_up";
  if (live === undefined) return "off";
  if (live.alarms.includes("card_failed")) return fitted.simulated || report ? "alarm" : "missing";
  return live.alarms.length > 0 ? "alarm" : "serves";
}

/** One row for each span that the box is built with, then those that the driver has and nobody uses. */
export function cardRows(answer: CardsAnswer, spans: ReadonlyMap<number, SpanView>, settings: Settings | null): CardRow[] {
  const rows = answer.fitted.map((fitted): CardRow => {
    const report = answer.cards.find((card) => card.span === fitted.span);
    const live = spans.get(fitted.span);
    const proposed = answer.proposed.some((span) => span.id === fitted.span);
    return {
      key: `span ${fitted.span}`,
      span: fitted.span,
      name: live?.name ?? settings?.spans.find((span) => span.id === fitted.span)?.name ?? "",
      connector: fitted.connector,
      kind: fitted.kind,
      channels: report && report.channels > 0 ? report.channels : null,
      ports: fitted.ports,
      simulated: fitted.simulated,
      device: report?.description || report?.device || "",
      place: report?.place ?? "",
      state: stateOf(fitted, report, proposed, live),
      alarms: live?.alarms ?? [],
      counters: counted(report),
    };
  });
  const unused = answer.cards.filter((card) => card.span === null);
  return [
    ...rows,
    ...unused.map((card): CardRow => ({
      key: card.place,
      span: null,
      name: "",
      connector: "",
      kind: card.kind ?? "",
      channels: card.channels,
      ports: [],
      simulated: false,
      device: card.description || card.device,
      place: card.place,
      state: "unused",
      alarms: card.alarms,
      counters: counted(card),
    })),
  ];
}

/** How many ports of each kind, in the order that people name them. */
export function portCounts(ports: readonly FittedPort[]): { kind: "fxs" | "fxo"; count: number }[] {
  return (["fxs", "fxo"] as const).map((kind) => ({ kind, count: ports.filter((port) => port.kind === kind).length })).filter((each) => each.count > 0);
}

/** What the settings lack, as far as the draft has not got it yet. */
export const stillProposed = (answer: CardsAnswer, settings: Settings | null): SpanSettings[] =>
  answer.proposed.filter((span) => !settings?.spans.some((other) => other.id === span.id));

// The clock ------------------------------------------------------------------------------------------------------------------

/** Spans that can clock the box: digital ones in use. */
export const clockable = (settings: Settings): SpanSettings[] => settings.spans.filter((span) => span.enabled && span.signalling.kind !== "analog");

/** The order as it holds: the settings' own, else every digital line. */
export function clockOrder(settings: Settings): number[] {
  const may = clockable(settings).map((span) => span.id);
  const own = settings.clocks ?? [];
  return own.length === 0 ? may : own.filter((id) => may.includes(id));
}

export const isOwnOrder = (settings: Settings): boolean => (settings.clocks ?? []).length > 0;

/** Digital lines that are not to clock the box. */
export function leftOut(settings: Settings): SpanSettings[] {
  const order = clockOrder(settings);
  return clockable(settings).filter((span) => !order.includes(span.id));
}

/** The order with one line a place higher (-1) or lower (1). */
export function moved(order: readonly number[], from: number, by: -1 | 1): number[] {
  const to = from + by;
  const line = order[from];
  if (line === undefined || to < 0 || to >= order.length) return [...order];
  const without = order.filter((_, at) => at !== from);
  return [...without.slice(0, to), line, ...without.slice(to)];
}

export type ClockState = "rules" | "ready" | "returning" | "failed" | "unheard" | "no_card";

export function clockState(clock: ClockReport | null, span: number): ClockState {
  const line = clock?.lines.find((each) => each.span === span);
  if (!line) return "no_card";
  if (clock?.ruler === span) return "rules";
  if (line.since === null) return "unheard";
  if (!line.usable) return "failed";
  return line.returns === null ? "ready" : "returning";
}

export const clockTone: Record<ClockState, Tone> = { rules: "idle", ready: "off", returning: "hold", failed: "fault", unheard: "off", no_card: "off" };

export interface Headline {
  /** Which sentence, below `cards.`. */
  says: "clock_silent" | "clock_own" | "clock_free" | "clock_first" | "clock_fallback" | "clock_returning";
  tone: Tone;
  /** The line that rules, and the one that should. */
  ruler: number | null;
  first: number | null;
  /** Since when the one rules, since when the other fails, when it comes back. */
  since: Millis | null;
  failed: Millis | null;
  returns: Millis | null;
}

/** Which line gives the clock now; in fallback, whose place it takes and since when. */
export function headline(clock: ClockReport | null): Headline {
  const nothing = { ruler: null, first: null, since: null, failed: null, returns: null };
  if (clock === null) return { ...nothing, says: "clock_silent", tone: "hold" };
  const first = clock.lines[0];
  if (!first) return { ...nothing, says: "clock_own", tone: "off" };
  const known = { ruler: clock.ruler, first: first.span, since: clock.since, failed: first.usable ? null : first.since, returns: first.returns };
  if (clock.ruler === null) return { ...known, says: "clock_free", tone: "fault" };
  if (clock.ruler === first.span) return { ...known, says: "clock_first", tone: "idle" };
  return { ...known, says: first.usable ? "clock_returning" : "clock_fallback", tone: "hold" };
}
