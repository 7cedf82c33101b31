// From a button or a key to the exchange.

import type { Action } from "./keys";
import type { useSeat } from "./seat";

type Seat = ReturnType<typeof useSeat>;

/** Carries out what a button or its key says. Returns false when it is not possible now. */
export function act(seat: Seat, action: Action): boolean {
  if (!seat.allowed(action)) return false;
  const state = seat.agent?.state;
  switch (action) {
    case "answer":
    case "hang_up":
    case "three_way":
    case "park":
      void seat.tell({ do: action });
      return true;
    case "ready":
      if (state === "wrap_up") void seat.wrapUp().then((done) => done && seat.tell({ do: "ready" }));
      else void seat.tell(state === "ready" ? { do: "busy", reason: "" } : { do: "ready" });
      return true;
    case "hold":
      void seat.tell({ do: state === "holding" ? "retrieve" : "hold" });
      return true;
    case "complete":
      void seat.tell({ do: "complete_transfer" });
      return true;
    case "cancel":
      void seat.tell({ do: "cancel_transfer" });
      return true;
    case "pause":
      void seat.tell({ do: seat.call?.recording_paused ? "resume_recording" : "pause_recording" });
      return true;
    case "transfer":
    case "dial":
    case "keypad":
    case "unpark":
      seat.panel = seat.panel === action ? "none" : action;
      return true;
    case "wrap_up":
      void seat.wrapUp();
      return true;
  }
}
