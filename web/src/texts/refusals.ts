import { Refused } from "@/api/http";
import { hasText, language, say } from "./index";

/** A refusal in plain words: ours if we know the code, else what the box said. */
export function inWords(why: unknown): string {
  if (!(why instanceof Refused)) return say("refusal.unknown", { code: String(why) });
  const said = language() === "zh" ? why.zh : why.en;
  const key = `refusal.${why.code}`;
  if (hasText(key)) return say(key);
  return said || say("refusal.unknown", { code: why.code });
}
