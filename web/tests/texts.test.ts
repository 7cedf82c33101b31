// Nobody meets a bare key or the wrong language.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import en from "../src/texts/en.json";
import zh from "../src/texts/zh.json";
import { ACTIONS } from "../src/pages/seat/keys";
import { FIELDS, NODE_FIELDS } from "../src/pages/settings/fields";
import { NODE_KINDS } from "../src/pages/settings/fresh";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

function flat(texts: object, at = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    const path = at ? `${at}.${key}` : key;
    if (typeof value === "string") out.set(path, value);
    else for (const [inner, text] of flat(value as object, path)) out.set(inner, text);
  }
  return out;
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(vue|ts)$/.test(name) ? [readFileSync(path, "utf8")] : [];
  });
}

const chinese = flat(zh);
const english = flat(en);
const values = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string).sort();

/** Both languages say the same things, and no text is empty. */
test("every text is there in both languages", () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe("");
});

test("a text shows the same values in both languages", () => {
  for (const [key, text] of chinese) expect(values(english.get(key) as string), key).toEqual(values(text));
});

/** English texts have no Chinese in them: a translation was not forgotten. */
test("no Chinese among the English", () => {
  for (const [key, text] of english) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
});

test("every key that a page names is there", () => {
  const used = new Set<string>();
  for (const text of sources(SOURCE)) {
    for (const found of text.matchAll(/\b(?:t|say)\(\s*"([a-z_]+(?:\.[A-Za-z0-9_]+)+)"/g)) used.add(found[1] as string);
    for (const found of text.matchAll(/\bt\([^()"'`]*\? '([a-z_.]+)' : '([a-z_.]+)'/g)) used.add(found[1] as string).add(found[2] as string);
  }
  expect(used.size).toBeGreaterThan(150);
  const missing = [...used].filter((key) => !english.has(key));
  expect(missing).toEqual([]);
});

/** Families of keys that are put together while running. */
test("every field, node, action and state has its words", () => {
  const needed: string[] = [];
  for (const [section, fields] of Object.entries(FIELDS)) {
    needed.push(`section.${section}`);
    for (const field of fields) needed.push(`field.${section}.${field.path.replaceAll("/", "_")}`);
  }
  for (const fields of Object.values(NODE_FIELDS)) for (const field of fields) needed.push(`field.nodes.${field.path}`);
  for (const kind of NODE_KINDS) needed.push(`node.${kind}`, `about_node.${kind}`);
  for (const action of ACTIONS) needed.push(`action.${action}`);
  expect(needed.filter((key) => !english.has(key))).toEqual([]);
});

/** What the exchange may refuse: the console has the words for each. */
test("every refusal of the exchange has its words", () => {
  const desk = readFileSync(join(SOURCE, "../../firmware/services/desk/src/command.rs"), "utf8");
  const body = /pub enum Refusal \{([\s\S]*?)\n\}/.exec(desk)?.[1] ?? "";
  const codes = [...body.matchAll(/^\s{4}([A-Z]\w+),/gm)].map((m) => (m[1] as string).replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  expect(codes).toContain("extension_unreachable");
  expect(codes.filter((code) => !english.has(`refusal.${code}`))).toEqual([]);
});

/** What happens in a call is told in a sentence. */
test("every event of the ledger has its sentence", () => {
  const ledger = readFileSync(join(SOURCE, "../../firmware/foundation/ledger/src/lib.rs"), "utf8");
  const body = /pub enum Event \{([\s\S]*?)\n\}\n/.exec(ledger)?.[1] ?? "";
  const events = [...body.matchAll(/^\s{4}([A-Z]\w+)(?: \{|,)/gm)].map((m) => (m[1] as string).replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  expect(events).toContain("leg_answered");
  expect(events.filter((event) => !english.has(`event.${event}`))).toEqual([]);
});
