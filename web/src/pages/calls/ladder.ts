// A call's ledger in sentences. Each event has a text `event.<what>`; its values are made readable here.

import type { LedgerRecord } from "@/api/types";
import { duration, grouped } from "@/look/format";
import type { Tone } from "@/look/states";

export interface Names {
  agent: (id: number) => string;
  queue: (id: number) => string;
  span: (id: number) => string;
  flow: (id: number) => string;
  say: (key: string, values?: Record<string, unknown>) => string;
  knows: (key: string) => boolean;
}

export interface Step {
  at: number;
  text: string;
  tone: Tone;
  /** Unknown to this console: shown as it came. */
  raw: boolean;
}

const TONES: Record<string, Tone> = {
  began: "ring",
  leg_ringing: "ring",
  offered: "ring",
  leg_answered: "talk",
  connected: "talk",
  bridged: "talk",
  conference: "talk",
  retrieved: "talk",
  held: "hold",
  parked: "hold",
  queued: "hold",
  wrap_up_began: "wrap",
  wrap_up_ended: "wrap",
  far_party_heard: "ring",
  far_end_silent: "fault",
  far_end_heard: "talk",
  far_end_dead: "fault",
  leg_quality: "busy",
  wrap_up_amended: "wrap",
  leg_released: "off",
  closed: "off",
  transfer_failed: "fault",
  recording_failed: "fault",
  prompt_missing: "fault",
};

/** Who a leg is, out of the events that began it. */
export function legNames(records: LedgerRecord[], names: Names): Map<string, string> {
  const legs = new Map<string, string>();
  for (const { event } of records) {
    if (event.what === "began") {
      const calling = event.calling as { digits?: string } | null;
      legs.set(String(event.leg), grouped(calling?.digits) || names.say("party.caller"));
    } else if (event.what === "leg_added") {
      const agent = typeof event.agent === "number" ? names.agent(event.agent) : "";
      legs.set(String(event.leg), agent || grouped(String(event.number ?? "")) || placeOf(event.place, names));
    }
  }
  return legs;
}

export function placeOf(place: unknown, names: Names): string {
  if (typeof place !== "object" || place === null) return "";
  const { Circuit: circuit, Extension: extension } = place as { Circuit?: { span: number; slot: number }; Extension?: string };
  return circuit ? circuitOf(circuit, names) : (extension ?? "");
}

function circuitOf(circuit: unknown, names: Names): string {
  const { span, slot } = circuit as { span: number; slot: number };
  return `${names.span(span)}/${slot}`;
}

export function causeOf(cause: unknown, names: Names): string {
  const value = typeof cause === "number" ? cause : ((cause as { cause?: number } | null)?.cause ?? null);
  if (value === null) return "";
  const key = `cause.${value}`;
  return names.knows(key) ? `${names.say(key)} (${value})` : String(value);
}

function destinationOf(to: unknown, names: Names): string {
  if (typeof to !== "object" || to === null) return String(to ?? "");
  const [kind, value] = Object.entries(to)[0] ?? ["", ""];
  switch (kind) {
    case "flow":
      return names.say("event.to_flow", { flow: names.flow(value as number) });
    case "queue":
      return names.say("event.to_queue", { queue: names.queue(value as number) });
    case "extension":
      return names.say("event.to_extension", { number: value });
    case "trunk":
    case "emergency":
      return names.say(`event.to_${kind}`, { number: grouped((value as { number: string }).number) });
    case "refused":
      return names.say("event.to_refused", { cause: causeOf(value, names) });
    default:
      return JSON.stringify(to);
  }
}

function readable(field: string, value: unknown, legs: Map<string, string>, names: Names): unknown {
  switch (field) {
    case "leg":
    case "a":
    case "b":
    case "by":
    case "from":
      return legs.get(String(value)) ?? String(value);
    case "legs":
      return Array.isArray(value) ? value.map((leg) => legs.get(String(leg)) ?? String(leg)).join(", ") : "";
    case "agent":
      return typeof value === "number" ? names.agent(value) : "";
    case "flow":
      return typeof value === "number" ? names.flow(value) : "";
    case "queue":
      return typeof value === "number" ? names.queue(value) : "";
    case "place":
      return placeOf(value, names);
    case "port":
      return circuitOf(value, names);
    case "cause":
      return causeOf(value, names);
    case "called":
    case "number":
      return grouped(String(value ?? ""));
    case "calling":
      return grouped((value as { digits?: string } | null)?.digits) || names.say("seat.no_number");
    case "millis":
      return duration(value as number);
    case "quality": {
      const q = value as { received: number; lost: number; jitter_micros: number };
      return names.say("event.quality", { lost: q.lost, received: q.received, jitter: Math.round(q.jitter_micros / 1000) });
    }
    case "like":
      return names.say(`far_party.${String(value)}`);
    case "outcome":
      return names.say(`outcome.${String(value)}`);
    case "code":
      return value ?? "–";
    default:
      return value ?? "";
  }
}

export function steps(records: LedgerRecord[], names: Names): Step[] {
  const legs = legNames(records, names);
  return records.map(({ at, event }) => {
    const key = `event.${event.what}`;
    if (!names.knows(key)) return { at, text: JSON.stringify(event), tone: "busy", raw: true };
    const values: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(event)) values[field] = readable(field, value, legs, names);
    // A telephone at a port of an analog card.
    if (event.port) values.place = `${values.place}, ${values.port}`;
    if (event.what === "routed") values.to = destinationOf(event.to, names);
    else if (event.what === "transferred") values.to = legs.get(String(event.to)) ?? event.to;
    else if (event.to !== undefined) values.to = grouped(String(event.to));
    if (event.what === "offer_ended") values.why = names.say(`offer_end.${String(event.why)}`);
    if (event.what === "left_queue") values.why = names.say(`queue_exit.${String(event.why)}`);
    if (event.what === "leg_added") values.role = names.say(`party.${String(event.role)}`);
    if (event.what === "transfer_asked") values.mode = names.say(event.attended ? "seat.attended" : "seat.blind");
    if (event.what === "supervised") {
      // `by` is an agent here, not a leg.
      values.supervisor = typeof event.by === "number" ? names.agent(event.by) : values.leg;
      values.mode = names.say(`event.supervision_${String(event.mode)}`);
    }
    if (event.what === "meeting_muted" && !event.muted) return { at, text: names.say("event.meeting_unmuted", values), tone: "busy", raw: false };
    return { at, text: names.say(key, values), tone: TONES[event.what] ?? "busy", raw: false };
  });
}
