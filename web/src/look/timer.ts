// `v-since="at"`: text that counts up from a moment; `v-until="at"`: down to one. The text is written straight into the
// element once a second, so that hundreds of timers cost no redraw.

import type { Directive } from "vue";
import { boxNow, eachSecond } from "@/api/clock";
import { duration } from "./format";

interface Running {
  at: number | null | undefined;
  down: boolean;
}

const running = new Map<HTMLElement, Running>();
let stop: (() => void) | undefined;

function show(element: HTMLElement, timer: Running, now: number): void {
  const at = timer.at;
  const text = at === null || at === undefined ? "" : duration(timer.down ? at - now : now - at);
  if (element.textContent !== text) element.textContent = text;
}

function counting(down: boolean): Directive<HTMLElement, number | null | undefined> {
  return {
    mounted(element, { value }) {
      const timer = { at: value, down };
      running.set(element, timer);
      show(element, timer, boxNow());
      stop ??= eachSecond((now) => {
        for (const [each, its] of running) show(each, its, now);
      });
    },
    updated(element, { value }) {
      const timer = running.get(element);
      if (!timer || (timer.at === value && element.textContent !== "")) return;
      timer.at = value;
      show(element, timer, boxNow());
    },
    unmounted(element) {
      running.delete(element);
      if (running.size === 0) {
        stop?.();
        stop = undefined;
      }
    },
  };
}

export const vSince = counting(false);
export const vUntil = counting(true);
