import { describe, expect, it } from "vitest";
import { fromAddress, isFiltered, toAddress, toRequest } from "../src/pages/alarms/alarms";

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
