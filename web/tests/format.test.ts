import { beforeEach, expect, test } from "vitest";
import { bytes, clockTime, dayBegins, digitsOf, duration, grouped, moment, setSiteOffset } from "../src/look/format";

beforeEach(() => setSiteOffset(480));

/** Numbers are read aloud in groups. */
test.each([
  ["13812345678", "138 1234 5678"],
  ["01065532211", "010 6553 2211"],
  ["057187654321", "0571 8765 4321"],
  ["4008001200", "400 800 1200"],
  ["87654321", "8765 4321"],
  ["8001", "8001"],
  ["110", "110"],
  ["", ""],
])("%s is shown as %s", (number, shown) => expect(grouped(number)).toBe(shown));

test("what was pasted becomes digits", () => {
  expect(digitsOf("138-1234 5678")).toBe("13812345678");
  expect(digitsOf("(010) 6553.2211")).toBe("01065532211");
});

test("durations", () => {
  expect(duration(0)).toBe("00:00");
  expect(duration(61_999)).toBe("01:01");
  expect(duration(3_723_000)).toBe("1:02:03");
  expect(duration(-5)).toBe("00:00");
  expect(duration(null)).toBe("–");
});

/** Times are the site's, not the PC's; the date only when it is not today. */
test("times are in the site's zone", () => {
  const at = Date.UTC(2026, 10, 22, 23, 5, 17);
  expect(clockTime(at)).toBe("07:05:17");
  expect(moment(at, at + 1000)).toBe("07:05:17");
  expect(moment(at, at + 24 * 3600_000)).toBe("2026-11-23 07:05:17");
  expect(dayBegins("2026-11-23")).toBe(Date.UTC(2026, 10, 22, 16));
  expect(dayBegins("soon")).toBeUndefined();
});

test("sizes", () => {
  expect(bytes(900)).toBe("900 B");
  expect(bytes(2_998_400)).toBe("2.9 MB");
});
