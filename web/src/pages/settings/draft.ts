// The draft of the settings: edited here, checked by the box as it changes, applied as a whole.

import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { Refused, ask, get, post } from "@/api/http";
import type { Change, Problem, Settings, SettingsVersion } from "@/api/settings";
import { useDirectory } from "@/me/directory";
import { merge, same } from "./merge";

const PLACE = "fastcall.settings";
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

interface Kept {
  version: number;
  base: Settings;
  draft: Settings;
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export const useDraft = defineStore("settings", () => {
  const version = ref(0);
  const author = ref<string | null>(null);
  const at = ref(0);
  const base = ref<Settings | null>(null);
  const draft = ref<Settings | null>(null);
  const problems = ref<Problem[]>([]);
  const changes = ref<Change[]>([]);
  const checking = ref(false);
  const checkFailed = ref<unknown>(null);
  /** Set when somebody else applied settings meanwhile and the draft was laid over theirs. */
  const merged = ref<{ author: string | null; at: number; conflicts: string[] } | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  const dirty = computed(() => !same(base.value, draft.value));

  function take(said: SettingsVersion): void {
    version.value = said.version;
    author.value = said.author;
    at.value = said.at;
    base.value = copy(said.settings);
  }

  /** Reads the newest settings; a draft that is under way is laid over them. */
  async function load(): Promise<void> {
    const said = await get<SettingsVersion>("/settings");
    const mine = draft.value && base.value ? { version: version.value, base: base.value, draft: draft.value } : kept();
    take(said);
    if (!mine || same(mine.base, mine.draft)) {
      draft.value = copy(said.settings);
    } else if (mine.version === said.version) {
      draft.value = copy(mine.draft);
    } else {
      const result = merge(mine.base, mine.draft, said.settings);
      draft.value = copy(result.value);
      merged.value = { author: said.author, at: said.at, conflicts: result.conflicts };
    }
  }

  async function check(): Promise<void> {
    const mine = ++turn;
    checking.value = true;
    try {
      const said = await post<{ problems: Problem[]; changes: Change[] }>("/settings/check", { settings: draft.value });
      if (mine !== turn) return;
      problems.value = said.problems;
      changes.value = said.changes;
      checkFailed.value = null;
    } catch (why) {
      if (mine !== turn) return;
      checkFailed.value = why;
      if (why instanceof Refused && why.problems.length > 0) problems.value = why.problems;
    } finally {
      if (mine === turn) checking.value = false;
    }
  }

  watch(
    draft,
    () => {
      clearTimeout(timer);
      if (!draft.value || !base.value) return;
      if (dirty.value) localStorage.setItem(PLACE, JSON.stringify({ version: version.value, base: base.value, draft: draft.value }));
      else localStorage.removeItem(PLACE);
      timer = setTimeout(() => void check(), 450);
    },
    { deep: true },
  );

  async function apply(note: string): Promise<number> {
    clearTimeout(timer);
    const body = { based_on: version.value, settings: draft.value, note: note.trim() || undefined };
    const said = await ask<{ version: number }>("/settings", { method: "PUT", json: body, millis: 60_000 });
    base.value = null;
    draft.value = null;
    localStorage.removeItem(PLACE);
    merged.value = null;
    await Promise.all([load(), useDirectory().load()]);
    return said.version;
  }

  function discard(): void {
    if (base.value) draft.value = copy(base.value);
    merged.value = null;
  }

  async function restore(wanted: number): Promise<void> {
    await post(`/settings/history/${wanted}/restore`);
    base.value = null;
    draft.value = null;
    localStorage.removeItem(PLACE);
    await load();
  }

  /** Problems at a place or anywhere below it. */
  const below = (pointer: string): Problem[] =>
    problems.value.filter((p) => p.at === pointer || p.at.startsWith(`${pointer}/`));

  return {
    version, author, at, base, draft, problems, changes, checking, checkFailed, merged, dirty,
    load, check, apply, discard, restore, below,
  };
});
