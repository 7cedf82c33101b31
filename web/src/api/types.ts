// The shapes of the API, as the daemon's serde attributes write them. 64-bit ids are strings.

export type Digits = string;
export type Millis = number;

export interface CircuitId {
  span: number;
  slot: number;
}

export type Role = "agent" | "quality" | "supervisor" | "administrator";
export const ROLES: readonly Role[] = ["agent", "quality", "supervisor", "administrator"];

export interface Me {
  id: number;
  login: string;
  name: string;
  role: Role;
  /** The extension proposed at sign-in. */
  extension?: Digits | null;
  language?: "zh" | "en";
  must_change_password?: boolean;
}

export interface Status {
  version: string;
  site: string;
  language: "zh" | "en";
  first_boot: boolean;
}

// Live view ------------------------------------------------------------------------------------------------------------------

export type SlotState =
  | "idle"
  | "seized"
  | "ringing"
  | "talking"
  | "clearing"
  | "blocked_by_us"
  | "blocked_by_peer"
  | "out_of_service";

export interface SlotView {
  slot: number;
  state: SlotState;
  call: string | null;
  since: Millis;
  /** Of an analog card. */
  port?: PortView;
}

export interface PortView {
  /** A telephone at it, or a line to another exchange. */
  kind: "fxs" | "fxo";
  /** The telephone's extension, or the line's own number. */
  number: Digits | null;
  trouble: "no_feed" | "rings_on" | "no_dial_tone" | "left_off_hook" | null;
}

export interface SpanView {
  id: number;
  name: string;
  group: number | null;
  up: boolean;
  alarms: string[];
  since: Millis;
  slots: SlotView[];
}

/** Something wrong with a line, while it stands. */
export interface AlarmView {
  id: string;
  kind: string;
  span: number;
  slot: number | null;
  began: Millis;
  ended: Millis | null;
}

export interface QueueView {
  id: number;
  name: string;
  waiting: number;
  longest_since: Millis | null;
  agents_signed_in: number;
  agents_ready: number;
  agents_talking: number;
  offered: number;
  answered: number;
  abandoned: number;
  overflowed: number;
  answered_in_goal: number;
  goal_percent: number;
  goal_seconds: number;
}

export type AgentState =
  | "signed_out"
  | "ready"
  | "busy"
  | "ringing"
  | "dialling"
  | "talking"
  | "holding"
  | "consulting"
  | "three_way"
  | "supervising"
  | "wrap_up";

/** How a supervisor takes part: hears; speaks to the agent; to both; in the agent's stead. */
export type Supervision = "listen" | "whisper" | "barge" | "intrude";
export const SUPERVISIONS: readonly Supervision[] = ["listen", "whisper", "barge", "intrude"];

export interface AgentView {
  id: number;
  login: string;
  name: string;
  state: AgentState;
  since: Millis;
  extension: Digits | null;
  reachable: boolean;
  reason: string | null;
  call: string | null;
  consult: string | null;
  /** The agent in whose call this one takes part as a supervisor. */
  supervises?: { agent: number; mode: Supervision; answered: boolean };
  calls_today: number;
  wrap_up_until: Millis | null;
  wrap_up_codes: string[];
}

export type CallPhase =
  | "dialling"
  | "in_flow"
  | "queued"
  | "ringing"
  | "talking"
  | "held"
  | "parked"
  | "clearing";

export type Direction = "inbound" | "outbound" | "internal";
export type PartyRole = "caller" | "callee" | "agent" | "consulted";

export interface Party {
  leg: string;
  role: PartyRole;
  number: Digits | null;
  circuit: CircuitId | null;
  extension: Digits | null;
  answered: boolean;
  held: boolean;
  /** Nothing comes from its telephone, though it should speak. */
  silent?: boolean;
  /** Not a party, but an agent's supervisor. */
  supervises?: Supervision;
}

export interface CallView {
  id: string;
  direction: Direction;
  phase: CallPhase;
  began: Millis;
  since: Millis;
  calling: Digits | null;
  called: Digits;
  service: string | null;
  queue: number | null;
  position: number | null;
  flow_path: string[];
  keyed: Digits;
  agent: number | null;
  parties: Party[];
  recorded: boolean;
  /** Recorded, but for what is said now. */
  recording_paused?: boolean;
}

/** A meeting room and who is in it, in the order of their coming. */
export interface RoomView {
  id: number;
  name: string;
  most: number;
  members: MemberView[];
}

export interface MemberView {
  leg: string;
  call: string;
  number: Digits | null;
  name: string | null;
  agent: number | null;
  since: Millis;
  muted: boolean;
  talking: boolean;
}

export interface ExtensionView {
  number: Digits;
  name: string;
  registered: boolean;
  contact: string | null;
  in_call: boolean;
}

export interface LiveView {
  seq: number;
  spans: SpanView[];
  queues: QueueView[];
  agents: AgentView[];
  calls: CallView[];
  extensions: ExtensionView[];
  /** Those that stand. */
  alarms: AlarmView[];
  rooms: RoomView[];
}

export type EntityId =
  | { kind: "span"; id: number }
  | { kind: "queue"; id: number }
  | { kind: "agent"; id: number }
  | { kind: "call"; id: string }
  | { kind: "extension"; id: Digits }
  | { kind: "room"; id: number };

export interface ViewChange {
  seq: number;
  id: EntityId;
  view: SpanView | QueueView | AgentView | CallView | ExtensionView | RoomView | null;
}

// Commands -------------------------------------------------------------------------------------------------------------------

export type SeatCommand =
  | { do: "sign_in"; extension: Digits }
  | { do: "sign_out" | "ready" | "answer" | "hang_up" | "hold" | "retrieve" }
  | { do: "complete_transfer" | "cancel_transfer" | "three_way" | "park" }
  | { do: "pause_recording" | "resume_recording" }
  | { do: "supervise"; agent: number; mode: Supervision }
  | { do: "busy"; reason: string }
  | { do: "dial"; number: Digits }
  | { do: "transfer"; to: Digits; mode: "blind" | "attended" }
  | { do: "unpark"; slot: Digits }
  | { do: "key"; key: string }
  | { do: "transfer_to_queue"; queue: number }
  | { do: "wrap_up"; code: string | null; note: string | null }
  | { do: "amend_wrap_up"; call: string; code: string | null; note: string | null };

export type Command =
  | { block_circuit: { circuit: CircuitId } }
  | { unblock_circuit: { circuit: CircuitId } }
  | { reset_circuit: { circuit: CircuitId } }
  | { test_circuit: { circuit: CircuitId; test: LineTest | null } }
  | { reset_span: { span: number } }
  | { release_call: { call: string } }
  | { room: { room: number; command: RoomCommand } };

export type RoomCommand =
  | { do: "invite"; number: Digits }
  | { do: "mute"; leg: string; muted: boolean }
  | { do: "remove"; leg: string }
  | { do: "end" };

// Calls ----------------------------------------------------------------------------------------------------------------------

export type Outcome =
  | "answered"
  | "abandoned_in_flow"
  | "abandoned_in_queue"
  | "abandoned_ringing"
  | "overflowed"
  | "served_by_flow"
  | "busy"
  | "no_answer"
  | "refused"
  | "failed"
  | "interrupted";

export const OUTCOMES: readonly Outcome[] = [
  "answered",
  "abandoned_in_flow",
  "abandoned_in_queue",
  "abandoned_ringing",
  "overflowed",
  "served_by_flow",
  "busy",
  "no_answer",
  "refused",
  "failed",
  "interrupted",
];

export interface Cdr {
  call: string;
  direction: Direction;
  began: Millis;
  answered: Millis | null;
  ended: Millis;
  calling: Digits | null;
  called: Digits;
  circuit: CircuitId | null;
  /** Of a telephone of the call at an analog card. */
  port?: CircuitId | null;
  extension: Digits | null;
  flow: number | null;
  keyed: Digits;
  queue: number | null;
  queued: Millis | null;
  left_queue: Millis | null;
  agent: number | null;
  agents: number[];
  ring_millis: Millis;
  talk_millis: Millis;
  hold_millis: Millis;
  transfers: number;
  outcome: Outcome;
  cause: number;
  wrap_up_code: string | null;
  wrap_up_note: string | null;
  /** What each agent left, in the order of their wrap-ups. */
  wrap_ups: { agent: number; code: string | null; note: string | null }[];
  recordings: string[];
  /** Who or what was heard last at the far end of a line that does not say who answered. */
  far_party?: FarParty | null;
  /** How long telephones were silent that should have spoken. */
  silent_millis?: Millis;
  /** How the packets of each telephone fared. */
  quality?: LegQuality[];
  // Names the box adds for people.
  agent_name?: string | null;
  queue_name?: string | null;
  flow_name?: string | null;
  service?: string | null;
}

export interface LegQuality {
  leg: string;
  extension: Digits | null;
  received: number;
  lost: number;
  jitter_micros: number;
  /** Hundredths of a mean opinion score (E-model), here and at the telephone. */
  mos_hundredths?: number;
  far_mos_hundredths?: number;
  /** There and back. */
  round_trip_micros?: number;
  /** Whether nobody on the way could listen; calls of before it was told have none. */
  srtp?: SrtpTold;
}

/** By the name that the suite has in SDP. */
export type SrtpTold = "never" | "at_times" | { always: string };

export type FarParty = "ringback" | "colour_ringback" | "announcement" | "refused" | "person" | "machine" | "fax" | "silent";

export interface CallPage {
  total: number;
  page: number;
  per_page: number;
  rows: Cdr[];
}

export interface LedgerRecord {
  call: string;
  seq: number;
  at: Millis;
  event: LedgerEvent;
}

export interface LedgerEvent {
  what: string;
  [field: string]: unknown;
}

/** One line of what was done for a call: messages, primitives, stages. */
export type LineTest = "loopback" | "bit_errors" | "tone";

export interface LineTestReport {
  test: LineTest;
  octets: number;
  in_step: boolean;
  bits: number;
  errors: number;
  losses: number;
  /** Hundredths of dBm0. */
  level: number | null;
  noise: number | null;
}

/** A circuit as the exchange and its line's signalling know it. */
export interface CircuitReport {
  circuit: CircuitId;
  state: SlotState;
  since: Millis;
  blocked_by_us: boolean;
  blocked_by_peer: boolean;
  leg: string | null;
  call: string | null;
  last_leg: string | null;
  test: LineTest | null;
  signalling: string | null;
  agrees: boolean;
  test_report: LineTestReport | null;
}

export interface TraceLine {
  seq: number;
  at: Millis;
  text: string;
}

export interface RecordingInfo {
  id: string;
  millis: Millis;
  bytes: number;
  state?: "in_progress" | "ready" | "deleted";
  /** From and to in it, when nothing was to be recorded. */
  pauses?: [Millis, Millis][];
  hold?: { since: Millis; by: string; why: string } | null;
  deleted?: Millis | null;
}

export interface CallDetail {
  /** None while the call is up. */
  cdr: Cdr | null;
  ledger: LedgerRecord[];
  recordings: RecordingInfo[];
}

export interface Waveform {
  millis: Millis;
  left: number[];
  right: number[];
}

/** What happened in a queue in one interval. */
export interface QueueInterval {
  queue: number;
  from: Millis;
  offered: number;
  answered: number;
  answered_in_goal: number;
  abandoned: number;
  overflowed: number;
  transferred: number;
  waited_millis: Millis;
  longest_millis: Millis;
}

export interface QueueDay {
  from: Millis;
  each_millis: Millis;
  rows: QueueInterval[];
}
