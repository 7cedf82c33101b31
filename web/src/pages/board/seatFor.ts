import { ElMessage } from "element-plus";
import { post } from "@/api/http";
import type { SeatCommand, Supervision } from "@/api/types";
import { inWords } from "@/texts/refusals";

/** A supervisor sets the state of another's seat. */
export async function seatFor(agent: number, wanted: SeatCommand): Promise<void> {
  try {
    await post("/seat", wanted, { agent });
  } catch (why) {
    ElMessage({ type: "warning", message: inWords(why), showClose: true, duration: 6000 });
  }
}

/** The supervisor's own telephone rings, and takes part in the agent's call when it answers. */
export async function superviseAs(agent: number, mode: Supervision): Promise<void> {
  try {
    await post("/seat", { do: "supervise", agent, mode } satisfies SeatCommand);
  } catch (why) {
    ElMessage({ type: "warning", message: inWords(why), showClose: true, duration: 6000 });
  }
}
