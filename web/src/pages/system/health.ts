// The box's health as rows: whatever it reports, readable.

import { bytes } from "@/look/format";

export interface Row {
  name: string;
  text: string;
  bad: boolean;
}

export interface Group {
  name: string;
  rows: Row[];
}

function long(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${days ? `${days} d ` : ""}${hours} h ${minutes} min`;
}

function shown(name: string, value: unknown): string {
  if (typeof value === "number" && name.endsWith("bytes")) return bytes(value);
  if (typeof value === "number" && name.endsWith("uptime_seconds")) return long(value);
  if (typeof value === "number") return value.toLocaleString();
  if (typeof value === "boolean") return value ? "✓" : "✗";
  return String(value ?? "–");
}

/** States that want somebody's eye. */
const bad = (value: unknown): boolean => value === false || (typeof value === "string" && /^(stuck|failed|dead|down|stalled)$/.test(value));

export function healthRows(health: Record<string, unknown> | null): Group[] {
  if (!health) return [];
  const top: Row[] = [];
  const groups: Group[] = [];
  for (const [name, value] of Object.entries(health)) {
    if (typeof value !== "object" || value === null) top.push({ name, text: shown(name, value), bad: bad(value) });
    else groups.push({ name, rows: rowsOf(value) });
  }
  return top.length > 0 ? [{ name: "box", rows: top }, ...groups] : groups;
}

function rowsOf(value: object): Row[] {
  return Object.entries(value).map(([key, inner]) => {
    const labelled = inner as Record<string, unknown> | null;
    const name = Array.isArray(value) && labelled && typeof labelled.name === "string" ? labelled.name : key;
    if (typeof inner !== "object" || inner === null) return { name, text: shown(key, inner), bad: bad(inner) };
    const parts = Object.entries(inner).filter(([part]) => part !== "name");
    const text = parts.map(([part, each]) => (part === "state" ? shown(part, each) : `${part.replaceAll("_", " ")} ${shown(part, each)}`)).join(" · ");
    return { name, text, bad: parts.some(([, each]) => bad(each)) };
  });
}
