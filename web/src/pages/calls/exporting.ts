// An export of the call log: it goes on while other pages are looked at, and says how far it is.

import { reactive } from "vue";
import { Refused, get, withQuery } from "@/api/http";

export type Kind = "xlsx" | "csv";

/** A worksheet has 1,048,576 rows; the first is the heading. */
export const SHEET_ROWS = 1_048_575;

export interface Job {
  state: "none" | "running" | "done" | "failed";
  kind: Kind;
  rows: number;
  total: number;
  since: number;
  why: unknown;
}

export const job = reactive<Job>({ state: "none", kind: "xlsx", rows: 0, total: 0, since: 0, why: null });
let cancelled: AbortController | undefined;

function ticket(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** `calls-2026-11-23-0930.xlsx` in the PC's time. */
export function fileName(kind: Kind, now: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `calls-${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}.${kind}`;
}

function hand(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

type Query = Record<string, string | number | undefined>;

export async function start(kind: Kind, query: Query, total: number): Promise<void> {
  if (job.state === "running") return;
  const word = ticket();
  cancelled = new AbortController();
  Object.assign(job, { state: "running", kind, rows: 0, total, since: Date.now(), why: null });
  const asking = setInterval(() => {
    get<{ rows: number; total: number }>(`/calls/export/${word}`).then(
      (said) => Object.assign(job, { rows: said.rows, total: said.total || job.total }),
      // Not begun yet.
      () => undefined,
    );
  }, 700);
  try {
    const path = withQuery(`/calls/export.${kind}`, { ...query, ticket: word });
    const response = await fetch(path, { credentials: "same-origin", signal: cancelled.signal });
    if (!response.ok) {
      const said = (await response.json().catch(() => ({}))) as { error?: string; zh?: string; en?: string };
      throw new Refused(response.status, said.error ?? "unknown", said.zh ?? "", said.en ?? "");
    }
    hand(await response.blob(), fileName(kind, new Date()));
    Object.assign(job, { state: "done", rows: job.total });
  } catch (why) {
    const stopped = cancelled.signal.aborted;
    Object.assign(job, { state: stopped ? "none" : "failed", why: why instanceof Refused ? why : new Refused(0, "unreachable", "", "") });
  } finally {
    clearInterval(asking);
  }
}

export function cancel(): void {
  cancelled?.abort();
}
