// Whether the screen is of a kind, kept up to date.

import { onBeforeUnmount, ref, type Ref } from "vue";

export function useMedia(query: string): Ref<boolean> {
  const media = window.matchMedia(query);
  const matches = ref(media.matches);
  const follow = (event: MediaQueryListEvent): void => {
    matches.value = event.matches;
  };
  media.addEventListener("change", follow);
  onBeforeUnmount(() => media.removeEventListener("change", follow));
  return matches;
}
