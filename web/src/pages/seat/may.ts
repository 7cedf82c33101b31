// What a seat may do now. The exchange decides; this only greys the buttons that it would refuse.

import type { AgentView, CallView } from "@/api/types";
import type { Action } from "./keys";

export function may(action: Action, agent: AgentView | undefined, call: CallView | undefined): boolean {
  if (!agent || agent.state === "signed_out") return false;
  const state = agent.state;
  switch (action) {
    case "answer":
      return state === "ringing";
    case "ready":
      return state === "ready" || state === "busy" || state === "wrap_up";
    case "hang_up":
      return call !== undefined && state !== "wrap_up" && state !== "ready" && state !== "busy";
    case "dial":
      return state === "ready" || state === "busy" || state === "wrap_up";
    case "hold":
      return state === "talking" || state === "holding";
    case "transfer":
      return state === "talking" || state === "holding";
    case "complete":
      return state === "consulting";
    case "cancel":
      return state === "consulting" || state === "three_way";
    case "three_way":
      return state === "consulting";
    case "park":
      return state === "talking" || state === "holding";
    case "unpark":
      return state === "ready" || state === "busy";
    case "keypad":
      return state === "talking" || state === "consulting" || state === "three_way";
    case "pause":
      return call?.recorded === true && (state === "talking" || state === "holding" || state === "consulting" || state === "three_way");
    case "wrap_up":
      return state === "wrap_up";
  }
}
