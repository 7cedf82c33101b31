// What the exchange does now, kept up to date by differences. Entities are replaced whole, never changed in place, so a page
// that shows one redraws only when that one changed.

import { defineStore } from "pinia";
import { computed, ref, shallowReactive } from "vue";
import { EventStream } from "@/api/events";
import type { AgentView, AlarmView, CallView, ExtensionView, LiveView, QueueView, RoomView, SpanView, ViewChange } from "@/api/types";
import { boxNow } from "@/api/clock";

type Tables = {
  span: Map<number, SpanView>;
  queue: Map<number, QueueView>;
  agent: Map<number, AgentView>;
  call: Map<string, CallView>;
  extension: Map<string, ExtensionView>;
  alarm: Map<string, AlarmView>;
  room: Map<number, RoomView>;
};

/** Applies one change; true if it named a table we know. */
export function apply(tables: Tables, change: ViewChange): boolean {
  const table = tables[change.id.kind] as Map<unknown, unknown> | undefined;
  if (!table) return false;
  if (change.view === null) table.delete(change.id.id);
  else table.set(change.id.id, change.view);
  return true;
}

export const useLive = defineStore("live", () => {
  const spans = shallowReactive(new Map<number, SpanView>());
  const queues = shallowReactive(new Map<number, QueueView>());
  const agents = shallowReactive(new Map<number, AgentView>());
  const calls = shallowReactive(new Map<string, CallView>());
  const extensions = shallowReactive(new Map<string, ExtensionView>());
  const alarms = shallowReactive(new Map<string, AlarmView>());
  const rooms = shallowReactive(new Map<number, RoomView>());
  const tables: Tables = { span: spans, queue: queues, agent: agents, call: calls, extension: extensions, alarm: alarms, room: rooms };
  const connected = ref(false);
  const loaded = ref(false);

  let waiting: ViewChange[] = [];
  let frame: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    frame = undefined;
    const changes = waiting;
    waiting = [];
    for (const change of changes) apply(tables, change);
  }

  function fill<K, V>(table: Map<K, V>, entities: V[], key: (entity: V) => K): void {
    table.clear();
    for (const entity of entities) table.set(key(entity), entity);
  }

  const stream = new EventStream({
    snapshot(view: LiveView) {
      waiting = [];
      fill(spans, view.spans, (s) => s.id);
      fill(queues, view.queues, (q) => q.id);
      fill(agents, view.agents, (a) => a.id);
      fill(calls, view.calls, (c) => c.id);
      fill(extensions, view.extensions, (e) => e.number);
      fill(alarms, view.alarms, (a) => a.id);
      fill(rooms, view.rooms ?? [], (r) => r.id);
      loaded.value = true;
    },
    change(change: ViewChange) {
      waiting.push(change);
      // Gathered, so that a burst of 500 seats is one redraw.
      frame ??= setTimeout(flush, 40);
    },
    connected(up: boolean) {
      connected.value = up;
    },
  });

  function start(): void {
    stream.start();
  }

  function stop(): void {
    stream.stop();
    clearTimeout(frame);
    frame = undefined;
    waiting = [];
    for (const table of Object.values(tables)) table.clear();
    connected.value = false;
    loaded.value = false;
  }

  const pressure = computed(() => {
    let callers = 0;
    let longest: number | null = null;
    for (const queue of queues.values()) {
      callers += queue.waiting;
      if (queue.longest_since !== null && (longest === null || queue.longest_since < longest)) longest = queue.longest_since;
    }
    return { callers, longest };
  });

  const agentName = (id: number | null | undefined): string =>
    id === null || id === undefined ? "" : (agents.get(id)?.name ?? `#${id}`);
  const queueName = (id: number | null | undefined): string =>
    id === null || id === undefined ? "" : (queues.get(id)?.name ?? `#${id}`);

  return {
    spans,
    queues,
    agents,
    calls,
    extensions,
    alarms,
    rooms,
    connected,
    loaded,
    pressure,
    start,
    stop,
    agentName,
    queueName,
    now: boxNow,
  };
});
