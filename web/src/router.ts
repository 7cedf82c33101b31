import { createRouter, createWebHashHistory } from "vue-router";
import type { Role } from "./api/types";
import { useSession } from "./me/session";

declare module "vue-router" {
  interface RouteMeta {
    /** The least role that sees the page; none: anyone. */
    role?: Role;
    /** Key of its name under `page.`. */
    page?: string;
  }
}

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: "/log-in", component: () => import("./pages/door/LogIn.vue") },
    { path: "/first-boot", component: () => import("./pages/door/FirstBoot.vue") },
    {
      path: "/",
      component: () => import("./frame/Frame.vue"),
      meta: { role: "agent" },
      children: [
        { path: "", redirect: () => ({ path: useSession().isAtLeast("supervisor") ? "/board" : "/seat" }) },
        { path: "seat", component: () => import("./pages/seat/Seat.vue"), meta: { page: "seat" } },
        { path: "board", component: () => import("./pages/board/Board.vue"), meta: { page: "board", role: "supervisor" } },
        { path: "calls/:id?", component: () => import("./pages/calls/Calls.vue"), meta: { page: "calls" } },
        { path: "faxes", component: () => import("./pages/faxes/Faxes.vue"), meta: { page: "faxes" } },
        { path: "alarms", component: () => import("./pages/alarms/Alarms.vue"), meta: { page: "alarms", role: "supervisor" } },
        { path: "cards", component: () => import("./pages/cards/Cards.vue"), meta: { page: "cards", role: "administrator" } },
        {
          path: "settings/:section?/:key?",
          component: () => import("./pages/settings/Settings.vue"),
          meta: { page: "settings", role: "administrator" },
        },
        { path: "guide/:step?", component: () => import("./pages/guide/Guide.vue"), meta: { page: "guide", role: "administrator" } },
        { path: "system", component: () => import("./pages/system/System.vue"), meta: { page: "system", role: "administrator" } },
        { path: "me", component: () => import("./pages/system/Preferences.vue"), meta: { page: "me" } },
      ],
    },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  try {
    await session.resume();
  } catch {
    return to.path === "/log-in" ? true : "/log-in";
  }
  if (session.status?.first_boot) return to.path === "/first-boot" ? true : "/first-boot";
  if (to.path === "/first-boot") return "/";
  if (to.path === "/log-in") return session.me ? "/" : true;
  const needed = to.matched.map((record) => record.meta.role).filter((role) => role !== undefined);
  if (needed.length > 0 && !session.me) return { path: "/log-in", query: to.path === "/" ? {} : { to: to.fullPath } };
  if (needed.some((role) => !session.isAtLeast(role))) return "/";
  return true;
});
