// Who is logged in.

import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { get, post, remove } from "@/api/http";
import { ROLES, type Me, type Role, type Status } from "@/api/types";

export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const status = ref<Status | null>(null);
  const known = ref(false);
  /** The user asked to change the password. */
  const changing = ref(false);

  async function readStatus(): Promise<void> {
    status.value = await get<Status>("/status");
  }

  /** Finds out whether a cookie of an earlier visit still opens the door. */
  async function resume(): Promise<void> {
    if (known.value) return;
    await readStatus();
    try {
      const said = await get<Me | { me: Me }>("/session");
      me.value = "me" in said ? said.me : said;
    } catch {
      me.value = null;
    }
    known.value = true;
  }

  async function logIn(login: string, password: string): Promise<void> {
    const said = await post<{ me: Me }>("/session", { login, password });
    me.value = said.me;
  }

  async function firstBoot(ask: { code: string; login: string; password: string; language: string }): Promise<void> {
    const said = await post<{ me: Me }>("/first-boot", ask);
    me.value = said.me;
    if (status.value) status.value.first_boot = false;
  }

  async function changePassword(old: string, fresh: string): Promise<void> {
    await post("/session/password", { old, new: fresh });
    if (me.value) me.value.must_change_password = false;
    changing.value = false;
  }

  async function logOut(): Promise<void> {
    await remove("/session").catch(() => undefined);
    me.value = null;
  }

  const rank = computed(() => (me.value ? ROLES.indexOf(me.value.role) : -1));
  const isAtLeast = (role: Role): boolean => rank.value >= ROLES.indexOf(role);

  return { me, status, known, changing, readStatus, resume, logIn, firstBoot, changePassword, logOut, isAtLeast };
});
