// The two-lane waveform: the caller (left channel) above, the agent (right channel) below.

import type { Waveform } from "@/api/types";

export function drawLanes(canvas: HTMLCanvasElement, wave: Waveform, played: number): void {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== width * ratio) canvas.width = width * ratio;
  if (canvas.height !== height * ratio) canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  if (!pen || width === 0) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const half = height / 2;
  drawLane(pen, wave.left, width, half / 2, half / 2 - 3, played, colour("--ring-solid"), colour("--line-2"));
  drawLane(pen, wave.right, width, half + half / 2, half / 2 - 3, played, colour("--talk-solid"), colour("--line-2"));
  pen.fillStyle = colour("--fault");
  pen.fillRect(Math.min(width - 1, played * width), 0, 1.5, height);
}

function drawLane(
  pen: CanvasRenderingContext2D,
  points: number[],
  width: number,
  middle: number,
  reach: number,
  played: number,
  done: string,
  ahead: string,
): void {
  const STEP = 3;
  for (let x = 0; x < width; x += STEP) {
    const from = Math.floor((x / width) * points.length);
    const to = Math.max(from + 1, Math.floor(((x + STEP) / width) * points.length));
    let loudest = 0;
    for (let i = from; i < to && i < points.length; i++) loudest = Math.max(loudest, points[i] ?? 0);
    const tall = Math.max(0.5, Math.min(1, loudest) * reach);
    pen.fillStyle = x / width <= played ? done : ahead;
    pen.fillRect(x, middle - tall, 2, tall * 2);
  }
}
