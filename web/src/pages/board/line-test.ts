// What a test of a circuit has found, in words.

import type { LineTestReport } from "@/api/types";

export interface Found {
  good: boolean;
  /** Key of the text under `circuit.`, with its values. */
  text: string;
  values: Record<string, string | number>;
}

/** Bits in error of which a line is worth a call to the carrier (G.821: 64 kbit/s, degraded from 1e-6). */
const DEGRADED = 1e-6;

const OCTETS_A_SECOND = 8000;

export function found(report: LineTestReport): Found {
  const seconds = Math.floor(report.octets / OCTETS_A_SECOND);
  if (report.test === "loopback") return { good: true, text: "found_loopback", values: { seconds } };
  if (!report.in_step) return { good: false, text: "found_nothing", values: { seconds } };
  if (report.test === "tone") {
    const level = ((report.level ?? 0) / 100).toFixed(1);
    const noise = ((report.noise ?? 0) / 100).toFixed(1);
    return { good: Math.abs((report.level ?? 0) + 1000) <= 100, text: "found_tone", values: { level, noise, seconds } };
  }
  const rate = report.bits > 0 ? report.errors / report.bits : 0;
  const values = { errors: report.errors, bits: report.bits.toLocaleString(), rate: rate.toExponential(1), losses: report.losses, seconds };
  return { good: rate < DEGRADED && report.losses === 0, text: "found_bits", values };
}
