// The box's clock, seen from the browser: timers on the screen run on it, not on the PC's.

let offset = 0;

/** UTC milliseconds now, by the box's clock. */
export function boxNow(): number {
  return Date.now() + offset;
}

/**
 * Learns from an answer's `Date` header. It counts whole seconds, so a difference of less than two is not worth correcting: it
 * would make timers jump for nothing.
 */
export function learnTime(date: string | null, asked: number, answered: number): void {
  if (!date) return;
  const said = Date.parse(date);
  if (Number.isNaN(said)) return;
  const difference = said + 500 - (asked + answered) / 2;
  offset = Math.abs(difference) < 2000 ? 0 : difference;
}

type Tick = (now: number) => void;
const ticks = new Set<Tick>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One shared ticker for everything on the screen that counts seconds. Returns the way to stop. */
export function eachSecond(tick: Tick): () => void {
  ticks.add(tick);
  timer ??= setInterval(() => {
    const now = boxNow();
    for (const each of ticks) each(now);
  }, 1000);
  return () => {
    ticks.delete(tick);
    if (ticks.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}
