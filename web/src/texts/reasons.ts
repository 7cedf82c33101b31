import { hasText, say } from "./index";

/** Why an agent is busy: the agent's own words, or the machine's code in words. */
export function reasonText(reason: string | null): string {
  if (!reason) return "";
  const key = `reason.${reason.replaceAll("-", "_")}`;
  return hasText(key) ? say(key) : reason;
}
