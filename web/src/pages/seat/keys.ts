// What the keyboard does at the seat, and how keys are written.

export type Action =
  | "answer"
  | "ready"
  | "hang_up"
  | "dial"
  | "hold"
  | "transfer"
  | "complete"
  | "cancel"
  | "three_way"
  | "park"
  | "unpark"
  | "keypad"
  | "pause"
  | "wrap_up";

/** F1, F5, F11 and F12 stay with the browser. */
export const DEFAULT_KEYS: Record<Action, string> = {
  answer: "F2",
  ready: "F3",
  hang_up: "F4",
  dial: "F6",
  hold: "F7",
  transfer: "F8",
  complete: "F9",
  three_way: "F10",
  cancel: "Shift+F9",
  park: "Shift+F7",
  unpark: "Shift+F6",
  keypad: "Shift+F8",
  pause: "Shift+F10",
  wrap_up: "Ctrl+Enter",
};

export const ACTIONS = Object.keys(DEFAULT_KEYS) as Action[];

/** `Shift+F9` for an event; empty for a modifier alone. */
export function chord(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">): string {
  if (["Control", "Alt", "Shift", "Meta"].includes(event.key)) return "";
  const parts: string[] = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  if (event.metaKey) parts.push("Meta");
  parts.push(event.key.length === 1 ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}

/** A plain letter would fire while somebody types notes: only function keys and chords with Ctrl or Alt will do. */
export function usable(keys: string): boolean {
  return /(^|\+)F\d{1,2}$/.test(keys) || /^(Ctrl|Alt)\+/.test(keys);
}

export function keysWith(own: Record<string, string>): Record<Action, string> {
  const all = { ...DEFAULT_KEYS };
  for (const action of ACTIONS) if (own[action]) all[action] = own[action];
  return all;
}

/** The action on a chord, if any. */
export function actionOn(pressed: string, keys: Record<Action, string>): Action | undefined {
  return ACTIONS.find((action) => keys[action] === pressed);
}
