import { expect, test } from "vitest";
import type { LineTestReport } from "../src/api/types";
import { found } from "../src/pages/board/line-test";

const report = (change: Partial<LineTestReport>): LineTestReport => ({
  test: "bit_errors",
  octets: 80_000,
  in_step: true,
  bits: 640_000,
  errors: 0,
  losses: 0,
  level: null,
  noise: null,
  ...change,
});

test("a clean line is good, one with errors or slips is not", () => {
  expect(found(report({}))).toMatchObject({ good: true, text: "found_bits", values: { seconds: 10, rate: "0.0e+0" } });
  expect(found(report({ errors: 64 }))).toMatchObject({ good: false, values: { rate: "1.0e-4" } });
  expect(found(report({ losses: 1 })).good).toBe(false);
  expect(found(report({ in_step: false }))).toMatchObject({ good: false, text: "found_nothing" });
});

test("a tone is good within one decibel of what was sent", () => {
  expect(found(report({ test: "tone", level: -1040, noise: -4650 }))).toMatchObject({ good: true, values: { level: "-10.4", noise: "-46.5" } });
  expect(found(report({ test: "tone", level: -1600, noise: -4650 })).good).toBe(false);
});
