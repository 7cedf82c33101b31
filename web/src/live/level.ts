// Service levels and what breaks a threshold.

import type { AgentView, AlarmView, QueueView, SpanView } from "@/api/types";

/** Percent of the day's answered and lost callers who were answered within the goal's time. */
export function serviceLevel(queue: QueueView): number | null {
  const done = queue.answered + queue.abandoned + queue.overflowed;
  return done > 0 ? Math.round((queue.answered_in_goal / done) * 100) : null;
}

/** What stands in an alarm of no line, but of a part of the box: lines are counted from 1. */
export const BOX = 0;

export type Severity = "fault" | "warning";

export interface Breach {
  key: string;
  severity: Severity;
  /** Key of the text under `breach.`, with its values. */
  text: string;
  values: Record<string, string | number>;
  /** Shown running, if the breach grows with time. */
  since: number | null;
  /** Where what it counts is to be seen; several at once have none. */
  of?: { span: number } | { queue: number } | { agent: number } | { alarm: string };
}

/** Thresholds that no setting names yet. */
const LONG_BUSY = 30 * 60_000;
const LONG_CALL = 20 * 60_000;

export function breaches(
  spans: Iterable<SpanView>,
  queues: Iterable<QueueView>,
  agents: Iterable<AgentView>,
  alarms: Iterable<AlarmView>,
  now: number,
): Breach[] {
  const found: Breach[] = [];
  for (const alarm of alarms) found.push(...ofBox(alarm));
  for (const span of spans) found.push(...ofSpan(span));
  for (const queue of queues) found.push(...ofQueue(queue, now));
  for (const agent of agents) found.push(...ofAgent(agent, now));
  return together(found).sort((a, b) => rank(a) - rank(b));
}

/** More than this many of one kind are one line: a wall of alarms says nothing. */
const TOO_MANY = 3;

function together(found: Breach[]): Breach[] {
  const kinds = new Map<string, Breach[]>();
  for (const breach of found) kinds.set(breach.text, [...(kinds.get(breach.text) ?? []), breach]);
  return [...kinds.values()].flatMap((alike) => {
    const first = alike[0];
    if (!first || alike.length <= TOO_MANY) return alike;
    const oldest = alike.reduce<number | null>((at, b) => (b.since !== null && (at === null || b.since < at) ? b.since : at), null);
    const names = alike.slice(0, TOO_MANY).map((b) => String(b.values.agent ?? b.values.queue ?? b.values.span ?? b.values.disk ?? ""));
    const values = { count: alike.length, names: names.join(", ") };
    return [{ key: `many.${first.text}`, severity: first.severity, text: `many_${first.text}`, values, since: oldest }];
  });
}

const rank = (breach: Breach): number => (breach.severity === "fault" ? 0 : 1);

/** Of lines the spans tell. */
function ofBox(alarm: AlarmView): Breach[] {
  if (alarm.span !== BOX) return [];
  const severity = alarm.kind === "recordings_slow" ? "warning" : "fault";
  return [{ key: `box${alarm.id}`, severity, text: alarm.kind, values: { disk: alarm.slot ?? 0 }, since: alarm.began, of: { alarm: alarm.kind } }];
}

function ofSpan(span: SpanView): Breach[] {
  if (span.up && span.alarms.length === 0) return [];
  const text = span.alarms.length > 0 ? "span_alarm" : "span_down";
  const values = { span: span.name, alarms: span.alarms.map((a) => a.toUpperCase()).join(" ") };
  return [{ key: `span${span.id}`, severity: "fault", text, values, since: span.since, of: { span: span.id } }];
}

function ofQueue(queue: QueueView, now: number): Breach[] {
  const found: Breach[] = [];
  const name = queue.name;
  const of = { queue: queue.id };
  if (queue.waiting > 0 && queue.agents_signed_in === 0) {
    const values = { queue: name, waiting: queue.waiting };
    found.push({ key: `nobody${queue.id}`, severity: "fault", text: "nobody", values, since: queue.longest_since, of });
  } else if (queue.longest_since !== null && now - queue.longest_since > queue.goal_seconds * 1000) {
    const values = { queue: name, waiting: queue.waiting, goal: queue.goal_seconds };
    found.push({ key: `long${queue.id}`, severity: "warning", text: "long_wait", values, since: queue.longest_since, of });
  }
  const level = serviceLevel(queue);
  if (level !== null && queue.goal_percent > 0 && level < queue.goal_percent) {
    const values = { queue: name, level, goal: queue.goal_percent, seconds: queue.goal_seconds };
    found.push({ key: `level${queue.id}`, severity: "warning", text: "level", values, since: null, of });
  }
  return found;
}

function ofAgent(agent: AgentView, now: number): Breach[] {
  const key = `agent${agent.id}`;
  const values = { agent: agent.name, extension: agent.extension ?? "", reason: agent.reason ? `(${agent.reason})` : "" };
  if (agent.state !== "signed_out" && !agent.reachable) {
    return [{ key, severity: "fault", text: "unreachable", values, since: agent.since, of: { agent: agent.id } }];
  }
  if (agent.state === "busy" && now - agent.since > LONG_BUSY) {
    return [{ key, severity: "warning", text: "long_busy", values, since: agent.since, of: { agent: agent.id } }];
  }
  if (agent.state === "talking" && now - agent.since > LONG_CALL) {
    return [{ key, severity: "warning", text: "long_call", values, since: agent.since, of: { agent: agent.id } }];
  }
  return [];
}
