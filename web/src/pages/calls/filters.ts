// The call log's filters, as they stand in the address.

import type { LocationQuery } from "vue-router";
import { dayBegins, digitsOf } from "@/look/format";

export interface Filters {
  search: string;
  from: string;
  to: string;
  direction: string;
  outcome: string;
  agent: string;
  queue: string;
  recorded: boolean;
  min_talk: string;
  /** A wrap-up code, or words of a note. */
  wrap_up: string;
  sort: string;
  page: number;
  per_page: number;
}

export const PAGE_SIZES = [25, 50, 100, 200];
const DAY = 24 * 3600_000;

const text = (value: LocationQuery[string]): string => (typeof value === "string" ? value : "");
const count = (value: LocationQuery[string], otherwise: number): number => {
  const n = Number(text(value));
  return Number.isInteger(n) && n > 0 ? n : otherwise;
};

export function fromAddress(query: LocationQuery): Filters {
  const size = count(query.per_page, 50);
  return {
    search: text(query.search),
    from: text(query.from),
    to: text(query.to),
    direction: text(query.direction),
    outcome: text(query.outcome),
    agent: text(query.agent),
    queue: text(query.queue),
    recorded: text(query.recorded) === "1",
    min_talk: text(query.min_talk),
    wrap_up: text(query.wrap_up),
    sort: text(query.sort) || "-began",
    page: count(query.page, 1),
    per_page: PAGE_SIZES.includes(size) ? size : 50,
  };
}

/** Only what differs from the usual stands in the address. */
export function toAddress(filters: Filters): Record<string, string> {
  const out: Record<string, string> = {};
  const usual = fromAddress({});
  for (const [key, value] of Object.entries(filters)) {
    if (value === usual[key as keyof Filters]) continue;
    out[key] = value === true ? "1" : String(value);
  }
  return out;
}

/** Something narrows the list. */
export function isFiltered(filters: Filters): boolean {
  return Object.keys(toAddress(filters)).some((key) => !["page", "per_page", "sort"].includes(key));
}

/** What the box is asked. Digits in the search box are a number, anything else is text. */
export function toRequest(filters: Filters): Record<string, string | number | undefined> {
  const search = filters.search.trim();
  const digits = digitsOf(search);
  const isNumber = /^[0-9*#]+$/.test(digits);
  const to = dayBegins(filters.to);
  const talk = Number(filters.min_talk);
  return {
    q: search && !isNumber ? search : undefined,
    number: isNumber ? digits : undefined,
    from: dayBegins(filters.from),
    // The day itself is meant to be in.
    to: to === undefined ? undefined : to + DAY,
    direction: filters.direction || undefined,
    outcome: filters.outcome || undefined,
    agent: filters.agent || undefined,
    queue: filters.queue || undefined,
    recorded: filters.recorded ? "true" : undefined,
    min_talk: talk > 0 ? talk : undefined,
    wrap_up: filters.wrap_up.trim() || undefined,
    sort: filters.sort,
  };
}
