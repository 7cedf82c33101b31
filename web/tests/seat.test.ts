import { expect, test } from "vitest";
import type { AgentState, AgentView, CallView, ExtensionView } from "../src/api/types";
import { directory, search, serviceEntries } from "../src/pages/seat/directory";
import { pruneDrafts, readDraft, writeDraft } from "../src/pages/seat/drafts";
import { ACTIONS, DEFAULT_KEYS, actionOn, chord, keysWith, usable } from "../src/pages/seat/keys";
import { may } from "../src/pages/seat/may";

const agent = (state: AgentState, change: Partial<AgentView> = {}): AgentView => ({
  id: 7, login: "lin", name: "林晓月", state, since: 0, extension: "8007", reachable: true, reason: null, call: "1", consult: null,
  calls_today: 0, wrap_up_until: null, wrap_up_codes: [], ...change,
});
const call = {} as CallView;

/** SEA-05: every function of the seat has a key, no two the same, and none that the browser keeps. */
test("every action has a key of its own", () => {
  expect(new Set(Object.values(DEFAULT_KEYS)).size).toBe(ACTIONS.length);
  for (const keys of Object.values(DEFAULT_KEYS)) {
    expect(usable(keys)).toBe(true);
    expect(["F1", "F5", "F11", "F12"]).not.toContain(keys);
  }
});

/** SEA-05: keys can be changed. */
test("own keys take the place of the defaults", () => {
  const keys = keysWith({ answer: "Ctrl+Q" });
  expect(actionOn("Ctrl+Q", keys)).toBe("answer");
  expect(actionOn("F2", keys)).toBeUndefined();
  expect(actionOn("F4", keys)).toBe("hang_up");
});

test("chords are written as they are pressed", () => {
  const press = (key: string, more = {}) => chord({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...more });
  expect(press("F9", { shiftKey: true })).toBe("Shift+F9");
  expect(press("q", { ctrlKey: true })).toBe("Ctrl+Q");
  expect(press("Shift", { shiftKey: true })).toBe("");
  expect(usable("A")).toBe(false);
});

/** A button that the exchange would refuse is grey. */
test.each([
  ["ringing", ["answer", "hang_up"]],
  ["talking", ["hang_up", "hold", "transfer", "park", "keypad"]],
  ["holding", ["hang_up", "hold", "transfer", "park"]],
  ["consulting", ["hang_up", "complete", "three_way", "cancel", "keypad"]],
  ["three_way", ["hang_up", "cancel", "keypad"]],
  ["wrap_up", ["ready", "dial", "wrap_up"]],
  ["ready", ["ready", "dial", "unpark"]],
  ["signed_out", []],
] as [AgentState, string[]][])("what may be done while %s", (state, allowed) => {
  expect(ACTIONS.filter((action) => may(action, agent(state), call)).sort()).toEqual([...allowed].sort());
});

class Shelf implements Storage {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  clear(): void {
    this.kept.clear();
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  key(i: number): string | null {
    return [...this.kept.keys()][i] ?? null;
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

/** Nothing typed is lost by a second call or a reload; a week later it is forgotten. */
test("drafts are kept by call", () => {
  const shelf = new Shelf();
  writeDraft(shelf, "1", { notes: "wants a refund", code: null, at: 1000 });
  writeDraft(shelf, "2", { notes: "", code: "order", at: 1000 });
  expect(readDraft(shelf, "1")?.notes).toBe("wants a refund");
  expect(readDraft(shelf, "2")?.code).toBe("order");
  writeDraft(shelf, "2", { notes: "", code: null, at: 2000 });
  expect(readDraft(shelf, "2")).toBeNull();
  pruneDrafts(shelf, 1000 + 8 * 24 * 3600_000);
  expect(readDraft(shelf, "1")).toBeNull();
});

const phone = (number: string, change: Partial<ExtensionView> = {}): ExtensionView => ({ number, name: number, registered: true, contact: null, in_call: false, ...change });

/** SEA-17: a call goes to an extension, an agent or a service; those who can take it stand first. */
test("the directory puts first who can take the call", () => {
  const agents = [agent("ready"), agent("busy", { id: 8, extension: "8008", name: "王强" }), agent("ready", { id: 9, extension: "8009", name: "李静", login: "lijing" })];
  const found = directory(agents, [phone("8001"), phone("8007"), phone("8008"), phone("8009"), phone("8010", { registered: false })], 7);
  expect(found.map((e) => e.number)).toEqual(["8009", "8008", "8001", "8010"]);
  expect(search(found, "李").map((e) => e.number)).toEqual(["8009"]);
  expect(search(found, "lij").map((e) => e.number)).toEqual(["8009"]);
  expect(search(found, "80 0").map((e) => e.number)).toEqual(["8009", "8008", "8001"]);
  expect(serviceEntries([{ pattern: "4008001200", name: "orders" }, { pattern: "0106553xxxx", name: "desk" }]).map((e) => e.number)).toEqual(["4008001200"]);
});
