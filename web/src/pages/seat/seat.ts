// The user's own seat: its state, its call, and what it asks of the exchange.

import { ElMessage } from "element-plus";
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { post } from "@/api/http";
import type { CallView, SeatCommand } from "@/api/types";
import { useLive } from "@/live/store";
import { usePreferences } from "@/me/preferences";
import { useSession } from "@/me/session";
import { inWords } from "@/texts/refusals";
import { content, draftOf, unsaved } from "./drafts";
import { keysWith, type Action } from "./keys";
import { may } from "./may";

const LAST_CALL = "fastcall.last-call";

function lastCall(): CallView | null {
  try {
    return JSON.parse(sessionStorage.getItem(LAST_CALL) ?? "null") as CallView | null;
  } catch {
    return null;
  }
}

export const useSeat = defineStore("seat", () => {
  const live = useLive();
  const session = useSession();
  const preferences = usePreferences();

  const agent = computed(() => (session.me ? live.agents.get(session.me.id) : undefined));
  const call = computed(() => (agent.value?.call ? live.calls.get(agent.value.call) : undefined));
  const consult = computed(() => (agent.value?.consult ? live.calls.get(agent.value.consult) : undefined));
  const keys = computed(() => keysWith(preferences.mine.keys));
  const asking = ref(false);
  /** What the seat page opens: the transfer's directory, the dial line, the keypad. */
  const panel = ref<"none" | "transfer" | "dial" | "keypad" | "unpark">("none");

  /**
   * The call the screen is about: the one in hand, or the one being wrapped up though the exchange has closed it. The last one is
   * remembered, so that a reload during wrap-up still shows it.
   */
  const subject = ref<CallView | null>(null);
  watch(
    () => [call.value, agent.value?.state] as const,
    ([now, state]) => {
      if (now) {
        subject.value = now;
        sessionStorage.setItem(LAST_CALL, JSON.stringify(now));
      } else if (state === "wrap_up") subject.value ??= lastCall();
      else if (state !== undefined && agent.value?.call === null) subject.value = null;
    },
    { immediate: true },
  );
  /** What the notes belong to; during wrap-up there is always something, or the agent could not choose a code. */
  const draftKey = computed(() => {
    if (subject.value) return subject.value.id;
    if (agent.value?.state !== "wrap_up") return null;
    return agent.value.call ?? `wrap-up-${agent.value.since}`;
  });

  /** When the caller was first spoken to here: the end of the wait, though the call changes its phase later. */
  const spoken = ref<{ call: string; at: number } | null>(null);
  watch(call, (now) => {
    if (now?.phase === "talking" && spoken.value?.call !== now.id) spoken.value = { call: now.id, at: now.since };
  });

  async function tell(command: SeatCommand): Promise<boolean> {
    if (asking.value) return false;
    asking.value = true;
    try {
      await post("/seat", command);
      return true;
    } catch (why) {
      ElMessage({ type: "warning", message: inWords(why), showClose: true, duration: 6000, grouping: true });
      return false;
    } finally {
      asking.value = false;
    }
  }

  /** Ends after-call work with what was chosen and typed. */
  async function wrapUp(): Promise<boolean> {
    const draft = draftKey.value ? draftOf(draftKey.value) : null;
    const sent = draft ? content(draft) : "";
    const done = await tell({ do: "wrap_up", code: draft?.code ?? null, note: draft?.notes.trim() || null });
    if (done && draft) draft.kept = sent;
    return done;
  }

  /** Writes what was typed into the record of a call that is over. True once it stands there. */
  async function keep(id: string): Promise<boolean> {
    const draft = draftOf(id);
    const sent = content(draft);
    if (!unsaved(draft)) return true;
    await post("/seat", { do: "amend_wrap_up", call: id, code: draft.code, note: draft.notes.trim() || null });
    draft.kept = sent;
    return true;
  }

  /** The call that was last in hand; its note can be changed until the next one. */
  const last = ref<CallView | null>(lastCall());
  watch(subject, (now, before) => {
    if (before && before.id !== now?.id) {
      last.value = before;
      void keepSoon(before.id);
    }
  });

  // After-call work ended by itself, or the call had none: what was typed goes into the record all the same, which is there a moment later.
  const KEEP_TRIES = 5;
  async function keepSoon(id: string): Promise<void> {
    for (let turn = 1; turn <= KEEP_TRIES && unsaved(draftOf(id)); turn++) {
      await new Promise((done) => setTimeout(done, 1500 * turn));
      try {
        await keep(id);
      } catch {
        // Still being written, or a code is missing: the seat's page shows it as not saved.
      }
    }
  }

  const allowed = (action: Action): boolean => may(action, agent.value, call.value);

  return { agent, call, consult, subject, draftKey, spoken, keys, asking, panel, last, tell, wrapUp, keep, allowed };
});
