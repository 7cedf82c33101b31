// A change of the settings as people say it: Queues · Orders · Ring time: 20 -> 25.

import type { Change, Settings } from "@/api/settings";

export interface Words {
  say: (key: string) => string;
  knows: (key: string) => boolean;
}

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

/** What people call a member of a list. */
function nameOf(member: Plain): string {
  return String(member.name || member.title || member.login || member.number || member.pattern || "");
}

/** The member of a list that a step like `[3]` means, by id, number, pattern or name. */
function memberOf(list: unknown, id: string): Plain | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.filter(isPlain).find((member) => [member.id, member.number, member.pattern, member.name].some((each) => String(each) === id));
}

export function place(at: string, settings: Settings | null, words: Words): string {
  const steps = at.split("/").slice(1);
  const section = steps[0] ?? "";
  const out: string[] = [words.knows(`section.${section}`) ? words.say(`section.${section}`) : section];
  let here: unknown = (settings as unknown as Plain | null)?.[section];
  let fields = section;
  for (let i = 1; i < steps.length; i++) {
    const step = steps[i] as string;
    const id = /^\[(.*)\]$/.exec(step)?.[1];
    if (id !== undefined) {
      const member = memberOf(here, id);
      here = member;
      out.push((member && nameOf(member)) || id);
      continue;
    }
    if (section === "flows" && step === "nodes") fields = "nodes";
    const whole = `field.${fields}.${steps.slice(i).join("_")}`;
    if (words.knows(whole)) {
      out.push(words.say(whole));
      break;
    }
    if (step !== "nodes") out.push(words.knows(`field.${fields}.${step}`) ? words.say(`field.${fields}.${step}`) : step);
    here = isPlain(here) ? here[step] : undefined;
  }
  return out.join(" · ");
}

/** A value in a line: a member of a list by its name and what it has, without what is empty. */
export function valueText(value: unknown, fields: string, words: Words): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return words.say(value ? "settings.yes" : "settings.no");
  if (value === "") return "“”";
  if (Array.isArray(value)) return value.map((each) => valueText(each, fields, words)).join(", ") || "–";
  if (!isPlain(value)) return String(value);
  const parts = Object.entries(value)
    .filter(([key, each]) => key !== "id" && key !== "password" && each !== null && each !== "" && !(Array.isArray(each) && each.length === 0))
    .map(([key, each]) => {
      const label = `field.${fields}.${key}`;
      return `${words.knows(label) ? words.say(label) : key} ${valueText(each, fields, words)}`;
    });
  return parts.join("; ");
}

export const sectionOf = (change: Change): string => change.at.split("/")[1] ?? "";
