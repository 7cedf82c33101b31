// The settings model of the box.

import type { Digits, Role } from "./types";

export type Target = { flow: number } | { queue: number } | { extension: Digits } | { room: number } | { number: Digits };
export type Overflow = "release" | { to: Target };

export interface Site {
  name: string;
  language: "zh" | "en";
  utc_offset_minutes: number;
  extension_digits: number;
}

export interface SpanSettings {
  id: number;
  name: string;
  enabled: boolean;
  signalling: Signalling;
  blocked: number[];
}

export interface PriSettings {
  kind: "pri";
  side: "user" | "network";
  dchannel: "hdlc" | "raw";
  overlap_receiving: boolean;
  overlap_sending: boolean;
  crc4: "usual" | "on" | "off";
  answer_by_sound: boolean;
  cancel_echo: boolean;
}

export interface R2Settings {
  kind: "r2";
  variant: "cn" | "itu" | "br" | "mx" | "ar";
  called_digits: number;
  ask_caller: boolean;
  caller_after: number;
  crc4: "usual" | "on" | "off";
  answer_by_sound: boolean;
  cancel_echo: boolean;
}

export interface BriSettings {
  kind: "bri";
  side: "user" | "network";
  mode: "multipoint" | "point_to_point";
  /** None: the network assigns one. */
  tei: number | null;
  msns: Digits[];
  overlap_receiving: boolean;
  overlap_sending: boolean;
}

/** What signals on a span, told apart by its kind. */
export interface AnalogSettings {
  kind: "analog";
  practice: "cn" | "eu" | "us";
  cancel_echo: boolean;
  ports: AnalogPort[];
}

export interface AnalogPort {
  slot: number;
  line: FxsSettings | FxoSettings;
}

/** A telephone. */
export interface FxsSettings {
  kind: "fxs";
  show_caller: "no" | "fsk_name" | "fsk" | "dtmf";
  reverse_at_answer: boolean;
  break_at_release: boolean;
}

/** A line to another exchange. */
export interface FxoSettings {
  kind: "fxo";
  number: Digits;
  hear_caller: boolean;
  answered_by: "polarity" | "sound" | "dialled";
  polarity_releases: boolean;
  tones_release: boolean;
  silence_seconds: number;
  wait_for_dial_tone: boolean;
  flash_to_hold: boolean;
}

/** A port of an analog card, or any timeslot. */
export interface CircuitId {
  span: number;
  slot: number;
}

export type Signalling = PriSettings | R2Settings | BriSettings | AnalogSettings;

export interface GroupSettings {
  id: number;
  name: string;
  selection: "ascending" | "descending" | "least_recently_used";
  spans: number[];
  calling: Digits | null;
}

export interface ExtensionSettings {
  number: Digits;
  name: string;
  password: string;
  may_dial_out: boolean;
  /** The port that the telephone is at; none: a SIP telephone. */
  port?: CircuitId | null;
  /** No telephone: the box receives and sends faxes at this number. */
  fax?: FaxBox | null;
}

export interface FaxBox {
  station: string;
  header: string;
}

export interface AgentSettings {
  id: number;
  login: string;
  name: string;
  role: Role;
  skills: { skill: number; level: number }[];
  extension: Digits | null;
  automatic_answer: boolean;
}

export interface QueueSettings {
  id: number;
  name: string;
  needs: { skill: number; level: number }[];
  strategy: "longest_idle" | "fewest_calls" | "most_skilled";
  priority: number;
  ageing_seconds: number;
  ring_seconds: number;
  busy_after_no_answers: number;
  wrap_up_seconds: number;
  wrap_up_codes: string[];
  music: string;
  announcements: {
    first_seconds: number;
    every_seconds: number;
    position: boolean;
    wait: boolean;
    prompt: string;
  };
  max_waiting: number;
  max_wait_seconds: number;
  overflow: Overflow;
  goal_percent: number;
  goal_seconds: number;
}

export interface DayTimes {
  days: number[];
  times: { from: number; to: number }[];
}

export type NodeKind =
  | "play"
  | "menu"
  | "collect"
  | "time"
  | "set"
  | "branch"
  | "queue"
  | "transfer"
  | "voicemail"
  | "hang_up";

/** A node of a flow; which fields it has is said by `kind`. */
export interface FlowNode {
  id: string;
  title: string;
  kind: NodeKind;
  prompts?: string[];
  interruptible?: boolean;
  next?: string;
  keys?: Record<string, string>;
  timeout_seconds?: number;
  attempts?: number;
  invalid_prompt?: string;
  otherwise?: string;
  variable?: string;
  value?: string;
  min?: number;
  max?: number;
  open?: DayTimes[];
  holidays?: string[];
  when_open?: string;
  when_closed?: string;
  cases?: { pattern: string; next: string }[];
  queue?: number;
  priority?: number | null;
  to?: Target;
}

export interface FlowSettings {
  id: number;
  name: string;
  version: number;
  start: string;
  nodes: FlowNode[];
}

export interface PromptSettings {
  name: string;
  language: "zh" | "en";
  text: string;
}

export interface Settings {
  site: Site;
  spans: SpanSettings[];
  /** Spans that may clock the box, best first; none: every digital line. */
  clocks?: number[];
  groups: GroupSettings[];
  extensions: ExtensionSettings[];
  services: { pattern: string; name: string; target: Target }[];
  outbound: { pattern: string; name: string; strip: number; prepend: Digits; groups: number[] }[];
  emergency: { numbers: Digits[]; groups: number[] };
  skills: { id: number; name: string }[];
  agents: AgentSettings[];
  queues: QueueSettings[];
  flows: FlowSettings[];
  prompts: PromptSettings[];
  rooms: { id: number; name: string; pin: Digits; most: number }[];
  calls: Record<string, unknown>;
  recording: Record<string, unknown>;
  sip: Record<string, unknown>;
}

export interface Problem {
  at: string;
  zh: string;
  en: string;
}

export interface Change {
  at: string;
  before: unknown;
  after: unknown;
}

export interface SettingsVersion {
  version: number;
  settings: Settings;
  author: string | null;
  at: number;
}

export interface HistoryEntry {
  version: number;
  author: string | null;
  at: number;
  note: string | null;
  changes: Change[];
}
