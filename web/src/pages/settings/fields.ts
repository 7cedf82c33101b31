// What a settings form asks, as data: one generic form draws them all.

import type { AnalogPort, Signalling } from "@/api/settings";

export type Kind =
  | "text"
  | "long"
  | "digits"
  | "number"
  | "switch"
  | "select"
  | "password"
  | "texts"
  | "ordered"
  | "digit_list"
  | "slots"
  | "ports"
  | "port"
  | "fax_box"
  | "one"
  | "many"
  | "range"
  | "target"
  | "overflow"
  | "skills"
  | "prompt"
  | "prompts"
  | "node"
  | "keys"
  | "cases"
  | "hours"
  | "dates";

/** Lists that a field chooses from. */
export type Source = "spans" | "groups" | "queues" | "flows" | "extensions" | "skills" | "rooms";

export interface Field {
  /** Path within the object, `/` between steps. */
  path: string;
  kind: Kind;
  options?: readonly (string | number)[];
  source?: Source;
  unit?: "s" | "min" | "percent" | "MB";
  min?: number;
  max?: number;
  /** May be empty: kept as null. */
  optional?: boolean;
  /** Shown under the fold: defaults that work. */
  rare?: boolean;
  /** Asked only where the object has this value at this path. */
  when?: readonly [path: string, value: unknown];
  /** Choosing a value replaces the object that the field is in by a new one of that kind. */
  renew?: (value: unknown) => unknown;
}

/** The fields that are asked of an object as it is. */
export function asked(fields: Field[], object: unknown): Field[] {
  return fields.filter((field) => !field.when || read(object, field.when[0]) === field.when[1]);
}

/** Puts in what a field was set to. */
export function put(object: unknown, field: Field, value: unknown): void {
  if (!field.renew) return write(object, field.path, value);
  if (read(object, field.path) !== value) write(object, field.path.slice(0, field.path.lastIndexOf("/")), field.renew(value));
}

type Plain = Record<string, unknown>;

export function read(object: unknown, path: string): unknown {
  return path.split("/").reduce<unknown>((value, step) => (value as Plain | undefined)?.[step], object);
}

export function write(object: unknown, path: string, value: unknown): void {
  const steps = path.split("/");
  const last = steps.pop() as string;
  const owner = steps.reduce<Plain>((inner, step) => inner[step] as Plain, object as Plain);
  owner[last] = value;
}

const text = (path: string, more: Partial<Field> = {}): Field => ({ path, kind: "text", ...more });
const yes = (path: string, more: Partial<Field> = {}): Field => ({ path, kind: "switch", ...more });
const seconds = (path: string, more: Partial<Field> = {}): Field => ({ path, kind: "number", unit: "s", min: 0, ...more });
const number = (path: string, more: Partial<Field> = {}): Field => ({ path, kind: "number", min: 0, ...more });
const select = (path: string, options: readonly (string | number)[], more: Partial<Field> = {}): Field => ({ path, kind: "select", options, ...more });
const node = (path: string): Field => ({ path, kind: "node" });
const prompts: Field = { path: "prompts", kind: "prompts" };

const PRI = ["signalling/kind", "pri"] as const;
const R2 = ["signalling/kind", "r2"] as const;
const BRI = ["signalling/kind", "bri"] as const;
const ANALOG = ["signalling/kind", "analog"] as const;

/** A span's signalling of a kind, with defaults that work. */
export function freshSignalling(kind: Signalling["kind"]): Signalling {
  switch (kind) {
    case "pri":
      return { kind, side: "user", dchannel: "hdlc", overlap_receiving: false, overlap_sending: false, crc4: "usual", answer_by_sound: false, cancel_echo: false };
    case "bri":
      return { kind, side: "user", mode: "multipoint", tei: null, msns: [], overlap_receiving: false, overlap_sending: false };
    case "r2":
      return { kind, variant: "cn", called_digits: 8, ask_caller: true, caller_after: 0, crc4: "usual", answer_by_sound: false, cancel_echo: false };
    case "analog":
      return { kind, practice: "cn", cancel_echo: true, ports: [] };
  }
}

/** What is at an analog port, with defaults that work. */
export function freshLine(kind: AnalogPort["line"]["kind"]): AnalogPort["line"] {
  if (kind === "fxs") return { kind, show_caller: "fsk_name", reverse_at_answer: false, break_at_release: false };
  return {
    kind,
    number: "",
    hear_caller: true,
    answered_by: "sound",
    polarity_releases: true,
    tones_release: true,
    silence_seconds: 0,
    wait_for_dial_tone: true,
    flash_to_hold: false,
  };
}

/** Fields of an analog port, by what is at it. */
export const LINE_FIELDS: Record<AnalogPort["line"]["kind"], Field[]> = {
  fxs: [select("show_caller", ["fsk_name", "fsk", "dtmf", "no"]), yes("reverse_at_answer"), yes("break_at_release")],
  fxo: [
    { path: "number", kind: "digits" },
    yes("hear_caller"),
    select("answered_by", ["sound", "polarity", "dialled"]),
    yes("polarity_releases"),
    yes("tones_release"),
    yes("wait_for_dial_tone"),
    yes("flash_to_hold"),
    seconds("silence_seconds"),
  ],
};

export const FIELDS: Record<string, Field[]> = {
  site: [
    text("name"),
    select("language", ["zh", "en"]),
    number("utc_offset_minutes", { unit: "min", min: -720, max: 840 }),
    number("extension_digits", { min: 3, max: 6 }),
  ],
  spans: [
    text("name"),
    yes("enabled"),
    select("signalling/kind", ["pri", "r2", "bri", "analog"], { renew: (kind) => freshSignalling(kind as Signalling["kind"]) }),
    select("signalling/side", ["user", "network"], { when: PRI }),
    select("signalling/dchannel", ["hdlc", "raw"], { when: PRI }),
    yes("signalling/overlap_receiving", { when: PRI, rare: true }),
    yes("signalling/overlap_sending", { when: PRI, rare: true }),
    select("signalling/side", ["user", "network"], { when: BRI }),
    select("signalling/mode", ["multipoint", "point_to_point"], { when: BRI }),
    { path: "signalling/msns", kind: "digit_list", when: BRI },
    number("signalling/tei", { when: BRI, min: 1, max: 63, optional: true, rare: true }),
    yes("signalling/overlap_receiving", { when: BRI, rare: true }),
    yes("signalling/overlap_sending", { when: BRI, rare: true }),
    select("signalling/variant", ["cn", "itu", "br", "mx", "ar"], { when: R2 }),
    number("signalling/called_digits", { when: R2, max: 24 }),
    yes("signalling/ask_caller", { when: R2 }),
    number("signalling/caller_after", { when: R2, max: 24, rare: true }),
    yes("signalling/answer_by_sound", { when: PRI, rare: true }),
    yes("signalling/answer_by_sound", { when: R2, rare: true }),
    yes("signalling/cancel_echo", { when: PRI, rare: true }),
    yes("signalling/cancel_echo", { when: R2, rare: true }),
    select("signalling/crc4", ["usual", "on", "off"], { when: PRI, rare: true }),
    select("signalling/crc4", ["usual", "on", "off"], { when: R2, rare: true }),
    select("signalling/practice", ["cn", "eu", "us"], { when: ANALOG }),
    yes("signalling/cancel_echo", { when: ANALOG }),
    { path: "signalling/ports", kind: "ports", when: ANALOG },
    { path: "blocked", kind: "slots", rare: true },
  ],
  groups: [
    text("name"),
    { path: "spans", kind: "many", source: "spans" },
    select("selection", ["ascending", "descending", "least_recently_used"]),
    { path: "calling", kind: "digits", optional: true },
  ],
  extensions: [
    { path: "number", kind: "digits" },
    text("name"),
    { path: "password", kind: "password" },
    yes("may_dial_out"),
    { path: "port", kind: "port", optional: true },
    { path: "fax", kind: "fax_box", optional: true },
  ],
  agents: [
    text("name"),
    text("login"),
    select("role", ["agent", "quality", "supervisor", "administrator"]),
    { path: "extension", kind: "one", source: "extensions", optional: true },
    { path: "skills", kind: "skills" },
    yes("automatic_answer"),
  ],
  skills: [text("name")],
  rooms: [text("name"), { path: "pin", kind: "digits" }, number("most", { min: 2, max: 200 })],
  queues: [
    text("name"),
    { path: "needs", kind: "skills" },
    select("strategy", ["longest_idle", "fewest_calls", "most_skilled"]),
    seconds("ring_seconds", { min: 1 }),
    seconds("wrap_up_seconds"),
    { path: "wrap_up_codes", kind: "texts" },
    number("goal_percent", { unit: "percent", max: 100 }),
    seconds("goal_seconds"),
    number("max_waiting"),
    seconds("max_wait_seconds"),
    { path: "overflow", kind: "overflow" },
    number("priority", { min: 1, max: 9, rare: true }),
    seconds("ageing_seconds", { rare: true }),
    number("busy_after_no_answers", { rare: true }),
    { path: "music", kind: "prompt", rare: true },
    seconds("announcements/first_seconds", { rare: true }),
    seconds("announcements/every_seconds", { rare: true }),
    yes("announcements/position", { rare: true }),
    yes("announcements/wait", { rare: true }),
    { path: "announcements/prompt", kind: "prompt", rare: true },
  ],
  services: [text("pattern"), text("name"), { path: "target", kind: "target" }],
  outbound: [
    text("pattern"),
    text("name"),
    { path: "groups", kind: "many", source: "groups" },
    number("strip", { max: 24 }),
    { path: "prepend", kind: "digits" },
  ],
  emergency: [
    { path: "numbers", kind: "digit_list" },
    { path: "groups", kind: "many", source: "groups" },
  ],
  calls: [
    seconds("ring_seconds"),
    seconds("recall_seconds"),
    seconds("max_hold_seconds"),
    seconds("park_seconds"),
    { path: "park_slots", kind: "range" },
    { path: "music", kind: "prompt" },
    { path: "operator", kind: "target", optional: true },
    seconds("silent_clear_seconds", { rare: true }),
    seconds("first_digit_seconds", { rare: true }),
    seconds("inter_digit_seconds", { rare: true }),
    seconds("inband_clear_seconds", { rare: true }),
  ],
  recording: [
    yes("record_agent_calls"),
    yes("record_extension_calls"),
    yes("encrypt"),
    seconds("pause_at_most_seconds"),
    number("keep_days"),
    number("quota_megabytes", { unit: "MB" }),
    number("keep_free_megabytes", { unit: "MB" }),
    select("when_full", ["stop", "delete_oldest"]),
    { path: "more_volumes", kind: "texts", rare: true },
    number("new_key_days", { rare: true }),
  ],
  sip: [
    number("port", { min: 1, max: 65535 }),
    yes("tcp"),
    { path: "rtp_ports", kind: "range" },
    yes("t38"),
    { path: "fax_ports", kind: "range", rare: true },
    { path: "codecs", kind: "ordered", options: ["pcma", "pcmu", "g722", "g729", "g729b", "opus", "l16"] },
    select("srtp", ["off", "allowed", "required"]),
    text("realm"),
    seconds("expires_seconds", { rare: true }),
    seconds("min_expires_seconds", { rare: true }),
    seconds("session_seconds", { rare: true }),
    seconds("qualify_seconds", { rare: true }),
    select("digest", ["both", "md5"], { rare: true }),
  ],
};

/** Fields of a flow's node, by its kind. */
export const NODE_FIELDS: Record<string, Field[]> = {
  play: [prompts, yes("interruptible"), node("next")],
  menu: [
    prompts,
    { path: "keys", kind: "keys" },
    node("otherwise"),
    seconds("timeout_seconds"),
    number("attempts", { min: 1, max: 9 }),
    { path: "invalid_prompt", kind: "prompt" },
  ],
  collect: [
    prompts,
    text("variable"),
    number("min", { max: 32 }),
    number("max", { min: 1, max: 32 }),
    seconds("timeout_seconds"),
    number("attempts", { min: 1, max: 9 }),
    node("next"),
    node("otherwise"),
  ],
  time: [{ path: "open", kind: "hours" }, { path: "holidays", kind: "dates" }, node("when_open"), node("when_closed")],
  set: [text("variable"), text("value"), node("next")],
  branch: [text("variable"), { path: "cases", kind: "cases" }, node("otherwise")],
  queue: [{ path: "queue", kind: "one", source: "queues" }, number("priority", { min: 1, max: 9, optional: true })],
  transfer: [{ path: "to", kind: "target" }],
  voicemail: [prompts],
  hang_up: [prompts],
};
