// Numbers, durations and times as people read them.

import { ref } from "vue";

// Reactive: what is on the screen is written anew when the zone becomes known.
const siteOffset = ref<number>();

/** Minutes east of UTC of the site; unknown: the PC's own zone. */
export function setSiteOffset(minutes: number | undefined): void {
  siteOffset.value = minutes;
}

function local(at: number): Date {
  const offset = siteOffset.value ?? -new Date(at).getTimezoneOffset();
  return new Date(at + offset * 60_000);
}

const two = (n: number): string => String(n).padStart(2, "0");

/** mm:ss, with hours only when there are any. */
export function duration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined || Number.isNaN(millis)) return "–";
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export function clockTime(at: number): string {
  const t = local(at);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
}

export function day(at: number): string {
  const t = local(at);
  return `${t.getUTCFullYear()}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())}`;
}

/** Time of day; with the date when it is not today. */
export function moment(at: number | null | undefined, now: number = Date.now()): string {
  if (!at) return "–";
  return day(at) === day(now) ? clockTime(at) : `${day(at)} ${clockTime(at)}`;
}

/** The UTC milliseconds at which a day of the site (YYYY-MM-DD) begins. */
export function dayBegins(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return undefined;
  const utc = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  const offset = siteOffset.value ?? -new Date(utc).getTimezoneOffset();
  return utc - offset * 60_000;
}

const AREA_OF_THREE = /^(010|02[0-9])/;

/** A number in groups: 138 1234 5678, 010 6553 2211, 0571 8765 4321, 400 123 4567. */
export function grouped(number: string | null | undefined): string {
  if (!number) return "";
  if (/^1[3-9]\d{9}$/.test(number)) return `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}`;
  if (/^0\d{9,11}$/.test(number)) {
    const area = AREA_OF_THREE.test(number) ? 3 : 4;
    const rest = number.slice(area);
    return `${number.slice(0, area)} ${inFours(rest)}`;
  }
  if (/^[48]00\d{7}$/.test(number)) return `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`;
  if (/^\d{7,8}$/.test(number)) return inFours(number);
  return number;
}

/** The last four together, what is left before them. */
function inFours(digits: string): string {
  return digits.length <= 4 ? digits : `${digits.slice(0, -4)} ${digits.slice(-4)}`;
}

/** What a person typed or pasted as a number: spaces, dashes and brackets are nothing. */
export function digitsOf(text: string): string {
  return text.replace(/[\s()\-–.+]/g, "");
}

export function percent(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((part / whole) * 100)}%` : "–";
}

export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return "–";
  if (count < 1024) return `${count} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = count;
  let unit = -1;
  do {
    value /= 1024;
    unit += 1;
  } while (value >= 1024 && unit < units.length - 1);
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
