import { describe, expect, it } from "vitest";
import { about, fromAddress, isFiltered, toAddress, toRequest } from "../src/pages/alarms/alarms";

describe("alarm filters", () => {
  it("live in the page's address", () => {
    const filters = fromAddress({ standing: "1", span: "2", kind: "los", page: "3" });
    expect(filters).toMatchObject({ standing: true, span: "2", kind: "los", page: 3 });
    expect(toAddress(filters)).toEqual({ standing: "1", span: "2", kind: "los", page: "3" });
    expect(isFiltered(fromAddress({ page: "3" }))).toBe(false);
  });
  it("ask for whole days", () => {
    const asked = toRequest(fromAddress({ from: "2026-11-22" }));
    expect(Number(asked.to) - Number(asked.from)).toBe(24 * 3600 * 1000);
  });
});

describe("an alarm", () => {
  const words: Record<string, string> = { "alarms.box": "the box", "alarms.disk": "disk {disk}", "board.slot": "slot {slot}" };
  const say = (key: string, values: Record<string, unknown> = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  const place = (span: number, slot: number | null) => about({ span, slot }, (id) => `line ${id}`, say);
  it("says what it is about, and never line 0", () => {
    expect(place(2, null)).toBe("line 2");
    expect(place(2, 7)).toBe("line 2 · slot 7");
    expect(place(0, 1)).toBe("disk 1");
    expect(place(0, null)).toBe("the box");
  });
});
