import { expect, test } from "vitest";
import type { SlotView } from "@/api/types";
import { signOfSlot, slotWord, toneOfSlot } from "@/look/states";

const slot = (change: Partial<SlotView>): SlotView => ({ slot: 1, state: "idle", call: null, since: 0, ...change });

/** What is wrong with a pair comes before what its port does; a telephone that is lifted is off hook, a timeslot is seized. */
test("a port says how its pair is", () => {
  const broken = slot({ state: "blocked_by_peer", port: { kind: "fxo", number: "62770334", trouble: "no_feed" } });
  expect([slotWord(broken), toneOfSlot(broken), signOfSlot(broken)]).toEqual(["slot.no_feed", "fault", "!"]);
  const lifted = slot({ state: "seized", port: { kind: "fxs", number: "8005", trouble: null } });
  expect([slotWord(lifted), signOfSlot(lifted)]).toEqual(["slot.off_hook", "S"]);
  expect(slotWord(slot({ state: "seized" }))).toBe("slot.seized");
});
