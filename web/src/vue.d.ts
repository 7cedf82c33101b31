import type { vSince, vUntil } from "@/look/timer";

declare module "vue" {
  interface GlobalDirectives {
    vSince: typeof vSince;
    vUntil: typeof vUntil;
  }
}
