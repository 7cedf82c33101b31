// WCAG AA in both themes: text 4.5 to 1 against what it stands on.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const css = readFileSync(fileURLToPath(new URL("../src/look/tokens.css", import.meta.url)), "utf8");
const [light = "", dark = ""] = css.split("html.dark");

const colours = (block: string): Record<string, string> => Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

test.each([
  ["light", colours(light)],
  ["dark", { ...colours(light), ...colours(dark) }],
])("%s: words can be read", (_, colour) => {
  const pairs: [string, string][] = [];
  for (const ground of ["ground", "panel", "panel-2", "hover"]) pairs.push(["ink", ground], ["ink-2", ground]);
  for (const tone of ["idle", "ring", "talk", "hold", "wrap", "busy", "fault", "brand"]) pairs.push([tone, `${tone}-tint`], [tone, "panel"]);
  for (const [text, ground] of pairs) expect(contrast(colour[text]!, colour[ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  for (const tone of ["idle", "ring", "talk", "hold", "wrap", "busy", "fault"]) {
    expect(contrast("#ffffff", colour[`${tone}-solid`]!), `white on ${tone}-solid`).toBeGreaterThanOrEqual(4.5);
  }
  expect(contrast(colour["el-color-danger"]!, colour.panel!)).toBeGreaterThanOrEqual(4.5);
  expect(contrast("#ffffff", colour["el-color-primary"]!)).toBeGreaterThanOrEqual(4.5);
});
