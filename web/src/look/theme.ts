import { usePreferences } from "@/me/preferences";
import { computed, ref, watchEffect } from "vue";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const systemDark = ref(dark.matches);
dark.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

/** Keeps the page's theme as the user likes it. */
export function useTheme() {
  const preferences = usePreferences();
  const isDark = computed(() =>
    preferences.mine.theme === "system" ? systemDark.value : preferences.mine.theme === "dark",
  );
  watchEffect(() => {
    document.documentElement.classList.toggle("dark", isDark.value);
  });
  const toggle = (): void => {
    preferences.mine.theme = isDark.value ? "light" : "dark";
  };
  return { isDark, toggle };
}
