// Requests to the box. Every refusal becomes a `Refused` that says, in both languages, what to do.

import { learnTime } from "./clock";
import type { Problem } from "./settings";

export const API = "/api/v1";

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly problems: Problem[] = [],
  ) {
    super(`${status} ${code}`);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const wanted = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") wanted.set(key, String(value));
  }
  const text = wanted.toString();
  return API + path + (text ? `?${text}` : "");
}

/** Called when the box says that nobody is logged in (any more). */
let onLoggedOut: () => void = () => {};
export function whenLoggedOut(then: () => void): void {
  onLoggedOut = then;
}

interface Ask {
  method?: string;
  query?: Query;
  json?: unknown;
  body?: BodyInit;
  contentType?: string;
  millis?: number;
}

async function send(path: string, ask: Ask): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const method = ask.method ?? "GET";
  if (method !== "GET") headers["X-Fastcall"] = "1";
  let body = ask.body;
  if (ask.json !== undefined) {
    body = JSON.stringify(ask.json);
    headers["Content-Type"] = "application/json";
  } else if (ask.contentType) headers["Content-Type"] = ask.contentType;
  const asked = Date.now();
  let response: Response;
  try {
    response = await fetch(withQuery(path, ask.query), {
      method,
      headers,
      body,
      credentials: "same-origin",
      signal: AbortSignal.timeout(ask.millis ?? 15_000),
    });
  } catch {
    throw new Refused(0, "unreachable", "", "");
  }
  learnTime(response.headers.get("Date"), asked, Date.now());
  return response;
}

async function refusal(response: Response): Promise<Refused> {
  try {
    const said = await response.json();
    return new Refused(response.status, said.error ?? "unknown", said.zh ?? "", said.en ?? "", said.problems ?? []);
  } catch {
    return new Refused(response.status, "unknown", "", "");
  }
}

/** One request; the answer's JSON. */
export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const response = await send(path, options);
  if (!response.ok) {
    const why = await refusal(response);
    if (response.status === 401) onLoggedOut();
    throw why;
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}

export const get = <T>(path: string, query?: Query): Promise<T> => ask<T>(path, { query });
export const post = <T>(path: string, json: unknown = {}, query?: Query): Promise<T> =>
  ask<T>(path, { method: "POST", json, query });
export const put = <T>(path: string, json: unknown): Promise<T> => ask<T>(path, { method: "PUT", json });
export const remove = <T>(path: string): Promise<T> => ask<T>(path, { method: "DELETE" });
