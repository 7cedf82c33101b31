// Whom a call can be given to.

import type { AgentView, ExtensionView, QueueView } from "@/api/types";
import type { Service } from "@/me/directory";
import { digitsOf } from "@/look/format";
import { agentOrder } from "@/look/states";

export interface Entry {
  key: string;
  number: string;
  name: string;
  agent: AgentView | null;
  registered: boolean;
  busy: boolean;
  /** A service number of the house: leads to its queue or flow. */
  service: boolean;
  /** A queue: it needs no number. */
  queue: QueueView | null;
}

/** Queues by name, those with somebody free at the top. */
export function queueEntries(queues: Iterable<QueueView>): Entry[] {
  return [...queues]
    .sort((a, b) => Number(b.agents_ready > 0) - Number(a.agents_ready > 0) || a.waiting - b.waiting || a.id - b.id)
    .map((queue) => ({ key: `q${queue.id}`, number: "", name: queue.name, agent: null, registered: true, busy: false, service: false, queue }));
}

/** Services with a plain number can be dialled like an extension: that is the way into a queue. */
export function serviceEntries(services: Service[]): Entry[] {
  return services
    .filter((each) => /^[0-9*#]+$/.test(each.pattern))
    .map((each) => ({ key: `s${each.pattern}`, number: each.pattern, name: each.name, agent: null, registered: true, busy: false, service: true, queue: null }));
}

/** Signed-in agents first (those who can take it at the top), then the phones of the house. */
export function directory(agents: Iterable<AgentView>, extensions: Iterable<ExtensionView>, self: number | undefined): Entry[] {
  const at = new Map<string, AgentView>();
  for (const agent of agents) if (agent.extension && agent.state !== "signed_out") at.set(agent.extension, agent);
  const entries: Entry[] = [];
  for (const extension of extensions) {
    const agent = at.get(extension.number) ?? null;
    if (agent && agent.id === self) continue;
    entries.push({
      key: extension.number,
      number: extension.number,
      name: agent?.name ?? extension.name,
      agent,
      registered: extension.registered,
      busy: extension.in_call,
      service: false,
      queue: null,
    });
  }
  return entries.sort((a, b) => rank(a) - rank(b) || a.number.localeCompare(b.number));
}

function rank(entry: Entry): number {
  if (!entry.registered) return 40;
  if (!entry.agent) return entry.busy ? 21 : 20;
  return entry.agent.state === "ready" ? 0 : 1 + agentOrder[entry.agent.state];
}

/** Those whose number begins with the digits typed, or whose name holds the words. */
export function search(entries: Entry[], text: string): Entry[] {
  const words = text.trim().toLowerCase();
  if (!words) return entries;
  const digits = digitsOf(words);
  return entries.filter(
    (e) =>
      (/^[\d*#]+$/.test(digits) && e.number.startsWith(digits)) ||
      e.name.toLowerCase().includes(words) ||
      (e.agent?.login.toLowerCase().startsWith(words) ?? false),
  );
}
