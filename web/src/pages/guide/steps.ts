// The way from a new box to its first call: steps that can be taken in any order, passed over and come back to.

import { reactive } from "vue";
import type { Settings } from "@/api/settings";
import type { CallView, ExtensionView, SpanView } from "@/api/types";
import type { Preferences } from "@/me/preferences";

export const STEPS = ["site", "lines", "numbers", "queue", "people", "call"] as const;
export type Step = (typeof STEPS)[number];
export type StepState = "done" | "skipped" | "open";

interface Now {
  guide: Preferences["guide"];
  /** What is in force. */
  settings: Settings | null;
  spans: Iterable<SpanView>;
  extensions: Iterable<ExtensionView>;
}

/** What the box itself shows to be done counts, whoever did it. */
export function stateOf(step: Step, now: Now): StepState {
  const shown =
    (step === "lines" && [...now.spans].some((span) => span.up)) ||
    (step === "people" && (now.settings?.agents ?? []).some((agent) => [...now.extensions].some((phone) => phone.registered && phone.number === agent.extension)));
  if (shown || now.guide.done.includes(step)) return "done";
  return now.guide.skipped.includes(step) ? "skipped" : "open";
}

/** How far a test call came. */
export const REACHED = ["arrived", "served", "rung", "spoken"] as const;
export type Reached = (typeof REACHED)[number];

export function reachedBy(call: CallView): Reached[] {
  const out: Reached[] = ["arrived"];
  const rung = call.phase === "ringing" || call.agent !== null;
  const spoken = call.phase === "talking" || call.phase === "held";
  if (call.flow_path.length > 0 || call.queue !== null || rung || spoken) out.push("served");
  if (rung || spoken) out.push("rung");
  if (spoken) out.push("spoken");
  return out;
}

/** A password that nobody guesses and everybody can type: no letters that look alike. */
export function phonePassword(): string {
  const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
  return [...crypto.getRandomValues(new Uint8Array(14))].map((octet) => LETTERS[octet % LETTERS.length]).join("");
}

/** Passwords made on this page, by extension: the box never shows one again, and the telephone may come later than the button. */
export const made = reactive(new Map<string, string>());
