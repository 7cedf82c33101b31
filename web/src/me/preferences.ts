// What a user likes: language, theme, keys, columns. Kept on the box for every PC, and here for the first paint.

import { defineStore } from "pinia";
import { reactive, watch } from "vue";
import { get, put } from "@/api/http";

export type Theme = "light" | "dark" | "system";

export interface Preferences {
  language: "zh" | "en" | null;
  theme: Theme;
  /** Action to key, where it differs from the default. */
  keys: Record<string, string>;
  /** Columns of the call log, in order; empty: the usual ones. */
  columns: string[];
  /** What an export of the call log holds; no columns: all. */
  exported: { columns: string[]; kind: "xlsx" | "csv" };
  /** The guided first run: steps done and passed over, and whether it was put away. */
  guide: { done: string[]; skipped: string[]; away: boolean };
  /** The extension last signed in at. */
  extension: string | null;
  navigation: "folded" | "open" | null;
  /** The PC rings when a call is offered. */
  ring: boolean;
}

const PLACE = "fastcall.preferences";

function remembered(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "{}");
  } catch {
    return {};
  }
}

export const usePreferences = defineStore("preferences", () => {
  const mine = reactive<Preferences>({
    language: null,
    theme: "system",
    keys: {},
    columns: [],
    exported: { columns: [], kind: "xlsx" },
    guide: { done: [], skipped: [], away: false },
    extension: null,
    navigation: null,
    ring: true,
    ...remembered(),
  });
  let saving: ReturnType<typeof setTimeout> | undefined;
  let onBox = false;
  let loading = false;

  async function load(): Promise<void> {
    try {
      const kept = await get<Partial<Preferences> | null>("/me/preferences");
      loading = true;
      for (const [key, value] of Object.entries(kept ?? {})) {
        if (key in mine && value !== null) (mine as unknown as Record<string, unknown>)[key] = value;
      }
    } catch {
      // The PC's own copy serves until the box answers.
    }
    onBox = true;
    loading = false;
  }

  function forget(): void {
    onBox = false;
  }

  watch(
    mine,
    () => {
      localStorage.setItem(PLACE, JSON.stringify(mine));
      if (!onBox || loading) return;
      clearTimeout(saving);
      saving = setTimeout(() => void put("/me/preferences", mine).catch(() => undefined), 800);
    },
    { deep: true },
  );

  return { mine, load, forget };
});
