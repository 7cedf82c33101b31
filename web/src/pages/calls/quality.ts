// How a telephone fared in a call, in a line: what was lost, what people would say of it, whether it was encrypted.

import type { LegQuality, SrtpTold } from "@/api/types";

type Say = (key: string, values?: Record<string, unknown>) => string;

const mos = (hundredths: number | undefined): string => (hundredths === undefined ? "–" : (hundredths / 100).toFixed(1));

/** AES_CM_128_HMAC_SHA1_80 is what SDP calls it; people say AES-128. */
export function suiteName(suite: string): string {
  return suite.startsWith("AEAD_") ? "AES-128-GCM" : suite.startsWith("AES_CM_128") ? "AES-128" : suite;
}

export function srtpText(srtp: SrtpTold | undefined, say: Say): string {
  if (srtp === undefined) return "";
  if (typeof srtp === "object") return say("calls.srtp_always", { suite: suiteName(srtp.always) });
  return say(srtp === "never" ? "calls.srtp_never" : "calls.srtp_at_times");
}

export function qualityText(q: LegQuality, say: Say): string {
  const told = [
    q.extension ?? "",
    say("event.quality", { lost: q.lost, received: q.received, jitter: Math.round(q.jitter_micros / 1000) }),
    q.mos_hundredths === undefined && q.far_mos_hundredths === undefined ? "" : `MOS ${mos(q.mos_hundredths)} / ${mos(q.far_mos_hundredths)}`,
    srtpText(q.srtp, say),
  ];
  return told.filter(Boolean).join(" · ");
}
