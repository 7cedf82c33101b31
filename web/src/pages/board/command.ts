import { ElMessage, ElMessageBox } from "element-plus";
import { post } from "@/api/http";
import type { Command } from "@/api/types";
import { say } from "@/texts";
import { inWords } from "@/texts/refusals";

/** Asks the exchange to do something to lines or calls; `sure` is asked first if it can cut a call. */
export async function command(wanted: Command, sure?: string): Promise<void> {
  if (sure) {
    const answer = await ElMessageBox.confirm(sure, say("board.sure"), {
      type: "warning",
      confirmButtonText: say("board.yes"),
      cancelButtonText: say("board.no"),
    }).catch(() => "no");
    if (answer !== "confirm") return;
  }
  try {
    await post("/commands", wanted);
    ElMessage({ type: "success", message: say("board.asked"), grouping: true });
  } catch (why) {
    ElMessage({ type: "warning", message: inWords(why), showClose: true, duration: 6000 });
  }
}
