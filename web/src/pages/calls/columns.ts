// Columns of the call log.

import type { Cdr } from "@/api/types";
import { duration, grouped, moment } from "@/look/format";

export interface Column {
  key: string;
  width: number;
  /** Sorted by the box under this name. */
  sort?: string;
  right?: boolean;
  text: (row: Cdr) => string;
}

export interface Names {
  agent: (id: number | null) => string;
  queue: (id: number | null) => string;
  span: (id: number) => string;
}

export const USUAL = ["began", "direction", "calling", "called", "queue", "agent", "wait", "talk", "outcome", "code"];

/** What an export may hold, in the box's order. */
export const EXPORTED = [
  "call", "began", "answered", "ended", "direction", "calling", "called", "keyed", "queue", "agent", "wait", "ring", "talk", "hold",
  "transfers", "outcome", "cause", "circuit", "code", "note", "recordings",
];

export function columns(names: Names): Column[] {
  return [
    { key: "began", width: 146, sort: "began", text: (r) => moment(r.began) },
    { key: "direction", width: 98, text: (r) => r.direction },
    { key: "calling", width: 128, text: (r) => grouped(r.calling) },
    { key: "called", width: 128, text: (r) => r.service || grouped(r.called) },
    { key: "queue", width: 104, text: (r) => r.queue_name || names.queue(r.queue) },
    { key: "agent", width: 84, text: (r) => r.agent_name || names.agent(r.agent) },
    { key: "wait", width: 72, right: true, text: (r) => (r.queued && r.left_queue ? duration(r.left_queue - r.queued) : "") },
    { key: "talk", width: 78, sort: "talk", right: true, text: (r) => (r.talk_millis ? duration(r.talk_millis) : "") },
    { key: "outcome", width: 124, text: (r) => r.outcome },
    { key: "code", width: 92, text: (r) => r.wrap_up_code ?? "" },
    { key: "note", width: 160, text: (r) => r.wrap_up_note ?? "" },
    { key: "hold", width: 72, right: true, text: (r) => (r.hold_millis ? duration(r.hold_millis) : "") },
    { key: "ring", width: 72, right: true, text: (r) => (r.ring_millis ? duration(r.ring_millis) : "") },
    { key: "transfers", width: 72, right: true, text: (r) => (r.transfers ? String(r.transfers) : "") },
    { key: "keyed", width: 90, text: (r) => r.keyed },
    { key: "circuit", width: 110, text: (r) => (r.circuit ? `${names.span(r.circuit.span)}/${r.circuit.slot}` : (r.extension ?? "")) },
    { key: "cause", width: 64, right: true, text: (r) => String(r.cause) },
  ];
}
