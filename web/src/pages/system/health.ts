// The box's health and its audit log, as the API gives them, made readable.

import { bytes } from "@/look/format";

export interface HealthReport {
  up_seconds: number;
  /** Numbers by name, by part of the box. */
  parts: Record<string, Record<string, number>>;
  /** What needs somebody's attention. */
  warnings: { zh: string; en: string }[];
}

export interface AuditRow {
  at: number;
  actor: string;
  source: string;
  action: string;
  detail: string;
}

export interface Group {
  name: string;
  rows: { name: string; text: string }[];
}

export function long(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${days ? `${days} d ` : ""}${hours} h ${minutes} min`;
}

function shown(name: string, value: number): string {
  if (name.endsWith("bytes")) return bytes(value);
  if (name.endsWith("_seconds")) return long(value);
  return value.toLocaleString("en-US");
}

export function healthGroups(health: HealthReport): Group[] {
  const box = { name: "box", rows: [{ name: "up_seconds", text: long(health.up_seconds) }] };
  const parts = Object.entries(health.parts).map(([name, values]) => ({
    name,
    rows: Object.entries(values).map(([key, value]) => ({ name: key, text: shown(key, value) })),
  }));
  return [box, ...parts];
}
