// What fields choose from.

import type { Settings } from "@/api/settings";
import { ref } from "vue";
import { get } from "@/api/http";
import type { Source } from "./fields";

export interface Choice {
  value: string | number;
  label: string;
}

export function choices(settings: Settings, source: Source): Choice[] {
  if (source === "extensions") return settings.extensions.map((e) => ({ value: e.number, label: `${e.number}  ${e.name}` }));
  return settings[source].map((member) => ({ value: member.id, label: member.name || `#${member.id}` }));
}

/** Ports of analog cards that are for telephones. */
export function telephonePorts(settings: Settings): { value: string; label: string }[] {
  return settings.spans.flatMap((span) =>
    span.signalling.kind === "analog"
      ? span.signalling.ports
          .filter((port) => port.line.kind === "fxs")
          .map((port) => ({ value: `${span.id}/${port.slot}`, label: `${span.name} ${port.slot}` }))
      : [],
  );
}

export interface Prompt {
  name: string;
  language: "zh" | "en";
  /** The site's own, instead of the one that ships. */
  site: boolean;
  shipped: boolean;
  text: string | null;
  bytes: number;
}

/** The box's prompt library, read once a visit and after a change. */
export const library = ref<Prompt[]>([]);

export async function readLibrary(): Promise<void> {
  library.value = (await get<{ rows: Prompt[] }>("/prompts")).rows;
}

export function promptNames(settings: Settings): string[] {
  return [...new Set([...library.value.map((p) => p.name), ...settings.prompts.map((p) => p.name)])].sort();
}
