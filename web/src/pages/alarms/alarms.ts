// Alarms as the box tells them, and which of them are asked for.

import type { LocationQuery } from "vue-router";
import type { Millis } from "@/api/types";
import { BOX } from "@/live/level";
import { dayBegins } from "@/look/format";

const DAY = 24 * 3600 * 1000;

export const KINDS = ["card_failed", "los", "lfa", "ais", "rai", "signalling_down", "restart_unanswered", "no_feed", "rings_on", "no_dial_tone", "left_off_hook", "circuit_healed", "recordings_full", "recordings_failing", "recordings_slow"] as const;

export { BOX };

export interface AlarmRow {
  id: string;
  kind: (typeof KINDS)[number];
  severity: "notice" | "minor" | "critical";
  /** `BOX`: a part of the box; of its recordings `slot` is the disk. */
  span: number;
  slot: number | null;
  began: Millis;
  ended: Millis | null;
  /** The box stopped while it stood: its end is the start that followed. */
  cut: boolean;
  title: { zh: string; en: string };
  advice: { zh: string; en: string };
}

export interface AlarmPage {
  total: number;
  page: number;
  per_page: number;
  rows: AlarmRow[];
}

export interface AlarmFilters {
  standing: boolean;
  kind: string;
  span: string;
  slot: string;
  /** Days of the PC's calendar, `2026-11-23`. */
  from: string;
  to: string;
  page: number;
}

export const PER_PAGE = 50;

const text = (value: LocationQuery[string] | undefined): string => (typeof value === "string" ? value : "");

export function fromAddress(query: LocationQuery): AlarmFilters {
  return {
    standing: query.standing === "1",
    kind: text(query.kind),
    span: text(query.span),
    slot: text(query.slot),
    from: text(query.from),
    to: text(query.to),
    page: Math.max(1, Number(text(query.page)) || 1),
  };
}

/** What is asked, without what is not. */
export function toAddress(filters: AlarmFilters): Record<string, string> {
  const { standing, page, ...words } = filters;
  const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ""));
  return { ...said, ...(standing ? { standing: "1" } : {}), ...(page > 1 ? { page: String(page) } : {}) };
}

/** As the box is asked: days of the site become times, the last day is included. */
export function toRequest(filters: AlarmFilters): Record<string, string | number | undefined> {
  const last = dayBegins(filters.to || filters.from);
  return {
    standing: filters.standing ? "true" : undefined,
    kind: filters.kind,
    span: filters.span,
    slot: filters.slot,
    from: dayBegins(filters.from),
    to: last === undefined ? undefined : last + DAY,
  };
}

export const isFiltered = (filters: AlarmFilters): boolean => Object.keys(toAddress({ ...filters, page: 1 })).length > 0;

/** How bad it is, as a colour of the look: what is over is grey. */
export function tone(row: AlarmRow): string {
  if (row.ended !== null) return "tone-off";
  return row.severity === "critical" ? "tone-fault" : "tone-hold";
}

/** What it is about: a line, one of its timeslots, or a part of the box. */
export function about(row: Pick<AlarmRow, "span" | "slot">, nameOf: (span: number) => string, say: (key: string, values?: Record<string, unknown>) => string): string {
  if (row.span === BOX) return row.slot === null ? say("alarms.box") : say("alarms.disk", { disk: row.slot });
  const span = nameOf(row.span);
  return row.slot === null ? span : `${span} · ${say("board.slot", { slot: row.slot })}`;
}
