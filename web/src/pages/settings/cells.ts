// A setting in a table's cell.

import type { Settings } from "@/api/settings";
import { hasText } from "@/texts";

type Say = (key: string, values?: Record<string, unknown>) => string;

export function targetText(target: unknown, settings: Settings, say: Say): string {
  const [kind, value] = Object.entries((target ?? {}) as Record<string, unknown>)[0] ?? ["", ""];
  const list = kind === "flow" ? settings.flows : kind === "queue" ? settings.queues : kind === "room" ? settings.rooms : null;
  const name = list ? (list.find((m) => m.id === value)?.name ?? `#${String(value)}`) : String(value);
  return kind ? `${say(`target.${kind}`)} ${name}` : "–";
}

export function shownCell(value: unknown, column: string, settings: Settings, say: Say): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return say(value ? "settings.yes" : "settings.no");
  const option = `option.${column.replaceAll("/", "_")}_${String(value)}`;
  if (typeof value === "string" && hasText(option)) return say(option);
  if (column === "port") return `${(value as { span: number }).span}/${(value as { slot: number }).slot}`;
  if (column === "target") return targetText(value, settings, say);
  if (Array.isArray(value)) return value.map((each) => memberText(each, column, settings)).join(", ") || "–";
  if (column.endsWith("_seconds")) return `${String(value)} ${say("unit.s")}`;
  if (column.endsWith("_percent")) return `${String(value)} %`;
  return String(value);
}

function memberText(member: unknown, column: string, settings: Settings): string {
  if (column === "skills" || column === "needs") {
    const { skill, level } = member as { skill: number; level: number };
    return `${settings.skills.find((s) => s.id === skill)?.name ?? `#${skill}`} ${level}`;
  }
  if (column === "spans") return settings.spans.find((s) => s.id === member)?.name ?? `#${String(member)}`;
  if (column === "groups") return settings.groups.find((g) => g.id === member)?.name ?? `#${String(member)}`;
  return String(member);
}
