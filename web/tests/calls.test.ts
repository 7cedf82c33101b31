import { beforeEach, expect, test } from "vitest";
import type { LedgerRecord } from "../src/api/types";
import { setSiteOffset } from "../src/look/format";
import { fromAddress, toAddress, toRequest } from "../src/pages/calls/filters";
import { qualityText, srtpText } from "../src/pages/calls/quality";
import { steps, type Names } from "../src/pages/calls/ladder";

beforeEach(() => setSiteOffset(480));

/** Filters stand in the address: a link shows the same list to somebody else. */
test("filters survive the address", () => {
  const filters = { ...fromAddress({}), search: "138", outcome: "answered", recorded: true, page: 3 };
  expect(toAddress(filters)).toEqual({ search: "138", outcome: "answered", recorded: "1", page: "3" });
  expect(fromAddress(toAddress(filters))).toEqual(filters);
});

test("nonsense in the address is the usual", () => {
  expect(fromAddress({ page: "-4", per_page: "7", recorded: "maybe" })).toEqual(fromAddress({}));
});

/** The search box understands numbers as they are written, and names. */
test("digits are a number, words are words", () => {
  expect(toRequest({ ...fromAddress({}), search: "138 1234-5678" })).toMatchObject({ number: "13812345678", q: undefined });
  expect(toRequest({ ...fromAddress({}), search: "林晓月" })).toMatchObject({ number: undefined, q: "林晓月" });
});

test("a day is meant from its beginning to its end", () => {
  const asked = toRequest({ ...fromAddress({}), from: "2026-11-22", to: "2026-11-22" });
  expect((asked.to as number) - (asked.from as number)).toBe(24 * 3600_000);
});

const names: Names = {
  agent: (id) => `agent ${id}`,
  queue: (id) => `queue ${id}`,
  span: (id) => `E1-${id}`,
  flow: (id) => `flow ${id}`,
  say: (key, values) => `${key} ${JSON.stringify(values ?? {})}`,
  knows: (key) => !key.endsWith("teleported"),
};
const record = (seq: number, event: LedgerRecord["event"]): LedgerRecord => ({ call: "1", seq, at: seq * 1000, event });

/** The ladder names people, not legs; what this console does not know is shown as it came. */
test("the ladder speaks of people", () => {
  const list = steps(
    [
      record(0, { what: "began", leg: "1", place: { Circuit: { span: 1, slot: 4 } }, calling: { digits: "13812345678" }, called: "4008001200", direction: "inbound" }),
      record(1, { what: "leg_added", leg: "2", role: "agent", place: { Extension: "8007" }, number: "8007", agent: 7 }),
      record(2, { what: "bridged", a: "1", b: "2" }),
      record(3, { what: "leg_released", leg: "1", cause: { cause: 16, location: "user" } }),
      record(4, { what: "transferred", from: "2", to: "1" }),
      record(5, { what: "teleported", to: "moon" }),
      record(6, { what: "leg_added", leg: "3", role: "callee", place: { Extension: "8005" }, port: { span: 3, slot: 1 }, number: "8005", agent: null }),
    ],
    names,
  );
  expect(list[0]?.text).toContain("E1-1/4");
  expect(list[2]?.text).toContain('"a":"138 1234 5678","b":"agent 7"');
  expect(list[3]?.text).toContain("(16)");
  expect(list[4]?.text).toContain('"to":"138 1234 5678"');
  expect(list[5]).toMatchObject({ raw: true });
  expect(list[5]?.text).toContain("moon");
  expect(list[6]?.text).toContain('"place":"8005, E1-3/1"');
});

/** Whether a call could be listened to on its way is said only where the box told it. */
test("a telephone's line says whether it was encrypted", () => {
  const say = (key: string, values?: Record<string, unknown>) => [key, ...Object.values(values ?? {})].join(" ");
  expect(srtpText({ always: "AES_CM_128_HMAC_SHA1_80" }, say)).toBe("calls.srtp_always AES-128");
  expect(srtpText({ always: "AEAD_AES_128_GCM" }, say)).toBe("calls.srtp_always AES-128-GCM");
  expect([srtpText("never", say), srtpText("at_times", say), srtpText(undefined, say)]).toEqual(["calls.srtp_never", "calls.srtp_at_times", ""]);
  const line = qualityText({ leg: "2", extension: "8007", received: 100, lost: 1, jitter_micros: 2400, mos_hundredths: 418, srtp: "never" }, say);
  expect(line).toBe("8007 · event.quality 1 100 2 · MOS 4.2 / – · calls.srtp_never");
});
