// What an agent types about a call, kept by call on this PC: a second call, a reload or a crash loses nothing.

import { reactive, watch } from "vue";

export interface Draft {
  notes: string;
  code: string | null;
  at: number;
  /** What of it stands in the call's record already, as [`content`] writes it. */
  kept?: string;
}

/** Code and note as the record has them. */
export function content(draft: Draft): string {
  return JSON.stringify([draft.code, draft.notes.trim() || null]);
}

const NOTHING = JSON.stringify([null, null]);

/** Something was typed that the call's record does not have yet. */
export function unsaved(draft: Draft): boolean {
  return content(draft) !== (draft.kept ?? NOTHING);
}

const PREFIX = "fastcall.draft.";
const KEPT = 7 * 24 * 3600_000;

export function readDraft(store: Storage, call: string): Draft | null {
  try {
    const text = store.getItem(PREFIX + call);
    return text ? (JSON.parse(text) as Draft) : null;
  } catch {
    return null;
  }
}

/** An empty draft takes no room. */
export function writeDraft(store: Storage, call: string, draft: Draft): void {
  if (draft.notes === "" && draft.code === null) store.removeItem(PREFIX + call);
  else store.setItem(PREFIX + call, JSON.stringify(draft));
}

/** Forgets drafts of a week ago. */
export function pruneDrafts(store: Storage, now: number): void {
  for (let i = store.length - 1; i >= 0; i--) {
    const key = store.key(i);
    if (!key?.startsWith(PREFIX)) continue;
    const draft = readDraft(store, key.slice(PREFIX.length));
    if (!draft || now - draft.at > KEPT) store.removeItem(key);
  }
}

const open = new Map<string, Draft>();

/** The draft of a call; every keystroke is on disk at once. */
export function draftOf(call: string): Draft {
  let draft = open.get(call);
  if (!draft) {
    draft = reactive<Draft>(readDraft(localStorage, call) ?? { notes: "", code: null, at: Date.now() });
    const kept = draft;
    watch(kept, () => writeDraft(localStorage, call, { ...kept, at: Date.now() }), { flush: "sync", deep: true });
    open.set(call, draft);
  }
  return draft;
}
