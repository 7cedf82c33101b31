// The box's health and its audit log, as the API gives them, made readable.

import { bytes } from "@/look/format";

export interface HealthReport {
  up_seconds: number;
  /** Numbers by name, by part of the box. */
  parts: Record<string, Record<string, number>>;
  /** What needs somebody's attention. */
  warnings: { zh: string; en: string }[];
  recording_keys: "sealed_to_board" | "plain_file";
}

export interface AuditRow {
  at: number;
  actor: string;
  source: string;
  action: string;
  detail: string;
}

export interface Row {
  name: string;
  text: string;
  /** Says by its being above nought that something is amiss. */
  trouble: boolean;
}

export interface Group {
  name: string;
  rows: Row[];
}

type Say = (key: string, values?: Record<string, unknown>) => string;

export function long(seconds: number, say: Say): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return say(days > 0 ? "health.days" : "health.hours", { days, hours, minutes });
}

function shown(name: string, value: number, say: Say): string {
  if (name.endsWith("bytes") || name.endsWith("_octets")) return bytes(value);
  if (name.endsWith("_seconds")) return long(value, say);
  if (name.endsWith("_micros")) return value < 1_000_000 ? `${(value / 1000).toFixed(1)} ms` : `${(value / 1_000_000).toFixed(1)} s`;
  if (name === "realtime") return say(value > 0 ? "health.yes" : "health.no");
  return value.toLocaleString("en-US");
}

/** Counters that stay at nought on a box that is well. */
const TROUBLE = /lost|errors|faults|failures|refused|malformed|unreadable|slips|alarms|skipped|late_|missing|overload|unsent|underrun|overrun|wrong|stranger|no_such|early/;
/** Counters that say how the box does, whatever they say. */
const NOTABLE = new Set(["up_seconds", "free_octets", "contacts", "legs", "realtime", "queued", "written"]);

/** What the page shows first: how the box does, and every counter of trouble above nought. */
export function notable(row: Row): boolean {
  return row.trouble || NOTABLE.has(row.name);
}

export function healthGroups(health: HealthReport, say: Say): Group[] {
  const box = { name: "box", rows: [{ name: "up_seconds", text: long(health.up_seconds, say), trouble: false }] };
  const parts = Object.entries(health.parts).map(([name, values]) => ({
    name,
    rows: Object.entries(values).map(([key, value]) => ({ name: key, text: shown(key, value, say), trouble: value > 0 && TROUBLE.test(key) })),
  }));
  return [box, ...parts];
}

/** What an entry of the audit log says, in words. */
export function detailText(entry: AuditRow, say: Say): string {
  const { action, detail } = entry;
  const changes = /^(\d+) changes$/.exec(detail);
  if (action === "settings" && changes) return say("audit.detail_changes", { count: changes[1] });
  const account = /^(\S+) password=(true|false) locked=(true|false)$/.exec(detail);
  if (action === "account" && account) {
    const did = [account[2] === "true" ? say("audit.detail_password") : "", account[3] === "true" ? say("audit.detail_locked") : ""];
    return [account[1], ...did.filter(Boolean)].join(" · ");
  }
  return detail;
}

/** The call that an entry is about, to open it. */
export function callOf(entry: AuditRow): string | null {
  return entry.action === "play_recording" ? (/ of C?(\d+)$/.exec(entry.detail)?.[1] ?? null) : null;
}
