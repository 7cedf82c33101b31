// What a call's events name by id, in the words of the house.

import { useI18n } from "vue-i18n";
import { useLive } from "@/live/store";
import { useDirectory } from "@/me/directory";
import { hasText } from "@/texts";
import type { Names } from "./ladder";

export function useNames(): Names {
  const { t } = useI18n();
  const live = useLive();
  const directory = useDirectory();
  return {
    agent: live.agentName,
    queue: live.queueName,
    span: (id) => live.spans.get(id)?.name ?? `E1-${id}`,
    flow: (id) => directory.flows.get(id) ?? `#${id}`,
    say: (key, values) => t(key, values ?? {}),
    knows: hasText,
  };
}
