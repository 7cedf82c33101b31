import { createI18n } from "vue-i18n";
import en from "./en.json";
import zh from "./zh.json";

export const texts = createI18n({
  legacy: false,
  locale: "zh",
  fallbackLocale: "en",
  messages: { zh, en },
});

export type Language = "zh" | "en";

export function language(): Language {
  return texts.global.locale.value as Language;
}

export function speak(wanted: Language): void {
  texts.global.locale.value = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

/** A text by its key; outside of components. */
export function say(key: string, values: Record<string, unknown> = {}): string {
  return texts.global.t(key, values);
}

export function hasText(key: string): boolean {
  return texts.global.te(key, "en");
}
