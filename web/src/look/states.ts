// One meaning for each colour, everywhere, and never the colour alone: each state has a sign of its own too.

import type { AgentState, CallPhase, Outcome, SlotState, SlotView } from "@/api/types";

/** Names of the colours in `theme.css` (`.tone-…`). */
export type Tone = "idle" | "ring" | "talk" | "hold" | "wrap" | "busy" | "fault" | "off";

export const agentTone: Record<AgentState, Tone> = {
  signed_out: "off",
  ready: "idle",
  busy: "busy",
  ringing: "ring",
  dialling: "ring",
  talking: "talk",
  holding: "hold",
  consulting: "talk",
  three_way: "talk",
  supervising: "talk",
  wrap_up: "wrap",
};

/** Order on the live board: who needs looking at comes first, who is away last. */
export const agentOrder: Record<AgentState, number> = {
  ringing: 0,
  dialling: 1,
  talking: 2,
  consulting: 3,
  three_way: 4,
  supervising: 5,
  holding: 6,
  wrap_up: 7,
  ready: 8,
  busy: 9,
  signed_out: 10,
};

export const phaseTone: Record<CallPhase, Tone> = {
  dialling: "ring",
  in_flow: "busy",
  queued: "hold",
  ringing: "ring",
  talking: "talk",
  held: "hold",
  parked: "hold",
  clearing: "fault",
};

export const slotTone: Record<SlotState, Tone> = {
  idle: "idle",
  seized: "ring",
  ringing: "ring",
  talking: "talk",
  clearing: "wrap",
  blocked_by_us: "busy",
  blocked_by_peer: "busy",
  out_of_service: "fault",
};

/** A slot's text: a port of an analog card has words of its own for some states, and what is wrong with its pair comes first. */
export function slotWord(slot: SlotView): string {
  if (slot.port?.trouble) return `slot.${slot.port.trouble}`;
  return slot.port?.kind === "fxs" && slot.state === "seized" ? "slot.off_hook" : `slot.${slot.state}`;
}

export const toneOfSlot = (slot: SlotView): Tone => (slot.port?.trouble ? "fault" : slotTone[slot.state]);

export const signOfSlot = (slot: SlotView): string => (slot.port?.trouble ? "!" : slotSign[slot.state]);

/** The letter or sign in a timeslot's cell. */
export const slotSign: Record<SlotState, string> = {
  idle: "·",
  seized: "S",
  ringing: "R",
  talking: "T",
  clearing: "C",
  blocked_by_us: "B",
  blocked_by_peer: "P",
  out_of_service: "×",
};

export const outcomeTone: Record<Outcome, Tone> = {
  answered: "idle",
  abandoned_in_flow: "busy",
  abandoned_in_queue: "hold",
  abandoned_ringing: "hold",
  overflowed: "hold",
  served_by_flow: "idle",
  busy: "busy",
  no_answer: "busy",
  refused: "busy",
  failed: "fault",
  interrupted: "fault",
};
