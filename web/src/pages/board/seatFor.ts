import { ElMessage } from "element-plus";
import { post } from "@/api/http";
import type { SeatCommand } from "@/api/types";
import { inWords } from "@/texts/refusals";

/** A supervisor sets the state of another's seat. */
export async function seatFor(agent: number, wanted: SeatCommand): Promise<void> {
  try {
    await post("/seat", wanted, { agent });
  } catch (why) {
    ElMessage({ type: "warning", message: inWords(why), showClose: true, duration: 6000 });
  }
}
