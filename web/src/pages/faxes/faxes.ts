// Faxes as the box tells them, and which of them are asked for.

import type { LocationQuery } from "vue-router";
import type { Millis } from "@/api/types";
import type { Tone } from "@/look/states";
import { dayBegins } from "@/look/format";

const DAY = 24 * 3600 * 1000;

export const STATES = ["waiting", "talking", "complete", "no_fax", "broken"] as const;
export type FaxState = (typeof STATES)[number];

export interface Fax {
  id: string;
  direction: "received" | "sent";
  extension: string;
  number: string;
  /** What the far end's terminal calls itself. */
  station: string;
  state: FaxState;
  /** Why it ended so, in the words of T.30 or of the telephone network. */
  reason: string;
  pages: number;
  bits_a_second: number;
  attempts: number;
  began: Millis;
  ended: Millis | null;
}

export interface FaxPage {
  total: number;
  page: number;
  per_page: number;
  rows: Fax[];
  boxes: { number: string; name: string }[];
}

export interface FaxFilters {
  direction: string;
  state: string;
  q: string;
  /** Days of the site's calendar, `2026-11-23`. */
  from: string;
  to: string;
  page: number;
}

export const PER_PAGE = 50;

const text = (value: LocationQuery[string] | undefined): string => (typeof value === "string" ? value : "");

export function fromAddress(query: LocationQuery): FaxFilters {
  return {
    direction: text(query.direction),
    state: text(query.state),
    q: text(query.q),
    from: text(query.from),
    to: text(query.to),
    page: Math.max(1, Number(text(query.page)) || 1),
  };
}

/** What is asked, without what is not. */
export function toAddress(filters: FaxFilters): Record<string, string> {
  const { page, ...words } = filters;
  const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ""));
  return { ...said, ...(page > 1 ? { page: String(page) } : {}) };
}

/** As the box is asked: days of the site become times, the last day is included. */
export function toRequest(filters: FaxFilters): Record<string, string | number | undefined> {
  const last = dayBegins(filters.to || filters.from);
  return {
    direction: filters.direction,
    state: filters.state,
    q: filters.q,
    from: dayBegins(filters.from),
    to: last === undefined ? undefined : last + DAY,
  };
}

export const isFiltered = (filters: FaxFilters): boolean => Object.keys(toAddress({ ...filters, page: 1 })).length > 0;

export const isUnderWay = (fax: Fax): boolean => fax.ended === null;

/** Pages can be looked at once there are any; those of a sent one always. */
export const hasPages = (fax: Fax): boolean => fax.direction === "sent" || (fax.ended !== null && fax.pages > 0);

export function tone(fax: Fax): `tone-${Tone}` {
  switch (fax.state) {
    case "waiting":
      return "tone-hold";
    case "talking":
      return "tone-talk";
    case "complete":
      return "tone-idle";
    case "no_fax":
      return "tone-off";
    case "broken":
      return "tone-fault";
  }
}
