// The PC rings too, if the agent likes: the ringing tone of the country, 450 Hz, 1 s on and 4 s off.

const ON = 1;
const OFF = 4;
let audio: AudioContext | undefined;
let tone: { oscillator: OscillatorNode; level: GainNode } | undefined;

export function startRinging(): void {
  if (tone) return;
  try {
    audio ??= new AudioContext();
    void audio.resume();
    const oscillator = audio.createOscillator();
    const level = audio.createGain();
    oscillator.frequency.value = 450;
    level.gain.value = 0;
    const began = audio.currentTime;
    for (let turn = 0; turn < 24; turn++) {
      level.gain.setTargetAtTime(0.12, began + turn * (ON + OFF), 0.01);
      level.gain.setTargetAtTime(0, began + turn * (ON + OFF) + ON, 0.01);
    }
    oscillator.connect(level).connect(audio.destination);
    oscillator.start();
    tone = { oscillator, level };
  } catch {
    // A PC without sound still shows the call.
    tone = undefined;
  }
}

export function stopRinging(): void {
  tone?.oscillator.stop();
  tone?.level.disconnect();
  tone = undefined;
}
