// New members of the settings' lists, with defaults that work, and how lists are shown.

import type { FlowNode, NodeKind, Settings } from "@/api/settings";
import { freshSignalling } from "./fields";

export type ListName = "spans" | "groups" | "extensions" | "services" | "outbound" | "skills" | "agents" | "queues" | "rooms" | "flows";

/** Columns of each list; the rest is in the form beside. */
export const COLUMNS: Record<Exclude<ListName, "flows">, string[]> = {
  spans: ["name", "enabled", "signalling/kind", "blocked"],
  groups: ["name", "spans", "selection", "calling"],
  extensions: ["number", "name", "may_dial_out", "port"],
  agents: ["name", "login", "role", "extension", "skills"],
  skills: ["name"],
  queues: ["name", "needs", "strategy", "ring_seconds", "wrap_up_seconds", "goal_percent"],
  rooms: ["name", "pin", "most"],
  services: ["pattern", "name", "target"],
  outbound: ["pattern", "name", "groups", "strip", "prepend"],
};

function nextId(list: { id: number }[]): number {
  return list.reduce((highest, member) => Math.max(highest, member.id), 0) + 1;
}

function nextNumber(settings: Settings): string {
  const first = Number(`8${"0".repeat(settings.site.extension_digits - 2)}1`);
  const taken = new Set(settings.extensions.map((e) => e.number));
  let number = first;
  while (taken.has(String(number))) number += 1;
  return String(number);
}

export function fresh(name: ListName, settings: Settings): unknown {
  switch (name) {
    case "spans": {
      const id = nextId(settings.spans);
      return { id, name: `E1-${id}`, enabled: true, signalling: freshSignalling("pri"), blocked: [] };
    }
    case "groups":
      return { id: nextId(settings.groups), name: "", selection: "ascending", spans: settings.spans.map((s) => s.id), calling: null };
    case "extensions":
      return { number: nextNumber(settings), name: "", password: "", may_dial_out: false };
    case "agents":
      return { id: nextId(settings.agents), login: "", name: "", role: "agent", skills: [], extension: null, automatic_answer: false };
    case "skills":
      return { id: nextId(settings.skills), name: "" };
    case "services":
      return { pattern: "", name: "", target: firstTarget(settings) };
    case "outbound":
      return { pattern: "", name: "", strip: 0, prepend: "", groups: settings.groups.map((g) => g.id) };
    case "rooms":
      return { id: nextId(settings.rooms), name: "", pin: "", most: 20 };
    case "queues":
      return freshQueue(nextId(settings.queues));
    case "flows":
      return freshFlow(nextId(settings.flows), settings);
  }
}

function firstTarget(settings: Settings): unknown {
  if (settings.flows[0]) return { flow: settings.flows[0].id };
  if (settings.queues[0]) return { queue: settings.queues[0].id };
  return { extension: settings.extensions[0]?.number ?? "" };
}

function freshQueue(id: number): unknown {
  return {
    id,
    name: "",
    needs: [],
    strategy: "longest_idle",
    priority: 5,
    ageing_seconds: 60,
    ring_seconds: 20,
    busy_after_no_answers: 3,
    wrap_up_seconds: 30,
    wrap_up_codes: [],
    music: "",
    announcements: { first_seconds: 15, every_seconds: 30, position: true, wait: true, prompt: "" },
    max_waiting: 0,
    max_wait_seconds: 600,
    overflow: "release",
    goal_percent: 80,
    goal_seconds: 20,
  };
}

function freshFlow(id: number, settings: Settings): unknown {
  const queue = settings.queues[0]?.id;
  const end = queue === undefined ? { ...freshNode("hang_up", "end"), title: "结束" } : { ...freshNode("queue", "end"), title: "排队", queue };
  return { id, name: "", version: 1, start: "welcome", nodes: [{ ...freshNode("play", "welcome"), title: "欢迎词", next: "end" }, end] };
}

/** A node of a kind with only the fields of that kind: the box refuses others. */
export function freshNode(kind: NodeKind, id: string): FlowNode {
  const node: FlowNode = { id, title: "", kind };
  switch (kind) {
    case "play":
      return { ...node, prompts: [], interruptible: true, next: "" };
    case "menu":
      return { ...node, prompts: [], keys: {}, timeout_seconds: 5, attempts: 3, invalid_prompt: "", otherwise: "" };
    case "collect":
      return { ...node, prompts: [], variable: "", min: 1, max: 12, timeout_seconds: 6, attempts: 3, next: "", otherwise: "" };
    case "time":
      return { ...node, open: [{ days: [1, 2, 3, 4, 5], times: [{ from: 540, to: 1080 }] }], holidays: [], when_open: "", when_closed: "" };
    case "set":
      return { ...node, variable: "", value: "", next: "" };
    case "branch":
      return { ...node, variable: "", cases: [], otherwise: "" };
    case "queue":
      return { ...node, queue: 0, priority: null };
    case "transfer":
      return { ...node, to: { extension: "" } };
    case "voicemail":
    case "hang_up":
      return { ...node, prompts: [] };
  }
}

export const NODE_KINDS: NodeKind[] = ["play", "menu", "collect", "time", "set", "branch", "queue", "transfer", "voicemail", "hang_up"];
