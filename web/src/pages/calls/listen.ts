// One player for the whole page: starting one recording stops the other.

import { ElMessage } from "element-plus";
import { ref } from "vue";
import { API } from "@/api/http";
import { say } from "@/texts";

export const playing = ref<string | null>(null);
let audio: HTMLAudioElement | undefined;

export function recordingUrl(id: string): string {
  return `${API}/recordings/${encodeURIComponent(id)}.wav`;
}

export function silence(): void {
  audio?.pause();
  playing.value = null;
}

/** Plays a recording, or stops it if it is the one playing. */
export function listen(id: string): void {
  if (playing.value === id) {
    silence();
    return;
  }
  silence();
  audio = new Audio(recordingUrl(id));
  audio.onended = () => {
    playing.value = null;
  };
  playing.value = id;
  audio.play().catch(() => {
    playing.value = null;
    ElMessage.warning(say("calls.cannot_play"));
  });
}
