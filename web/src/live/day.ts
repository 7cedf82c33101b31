// The queues' day so far, by quarter of an hour, as the box has written it down.

import { onBeforeUnmount, ref } from "vue";
import { get } from "@/api/http";
import type { QueueDay, QueueInterval } from "@/api/types";

const EVERY = 60_000;

export interface Quarter {
  from: number;
  /** Percent answered within the goal's time of those who left; none if nobody left. */
  level: number | null;
  row: QueueInterval | null;
}

/** Percent of those who left the queue in an interval who were answered within the goal's time. */
export function levelOf(row: QueueInterval): number | null {
  const left = row.answered + row.abandoned + row.overflowed;
  return left > 0 ? Math.round((row.answered_in_goal / left) * 100) : null;
}

/** The last `count` quarters of a queue up to now, also those in which nothing happened. */
export function quarters(day: QueueDay | null, queue: number, now: number, count: number): Quarter[] {
  if (!day) return [];
  const rows = new Map(day.rows.filter((row) => row.queue === queue).map((row) => [row.from, row]));
  const newest = Math.floor((now - day.from) / day.each_millis);
  const out: Quarter[] = [];
  for (let i = Math.max(0, newest - count + 1); i <= newest; i++) {
    const from = day.from + i * day.each_millis;
    const row = rows.get(from) ?? null;
    out.push({ from, level: row && levelOf(row), row });
  }
  return out;
}

/** Read again each minute while a page shows it. */
export function useDay() {
  const day = ref<QueueDay | null>(null);
  const read = (): Promise<void> =>
    get<QueueDay>("/queues/intervals").then(
      (said) => void (day.value = said),
      // The live numbers beside it stand; the picture is drawn once the box answers.
      () => undefined,
    );
  void read();
  const timer = setInterval(() => void read(), EVERY);
  onBeforeUnmount(() => clearInterval(timer));
  return day;
}
