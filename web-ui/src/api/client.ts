// The REST API, typed by its own document. Every call gives the answer or throws an `ApiError`.

import createClient from "openapi-fetch";
import { ApiError, errorOf } from "./problem";
import type { components, paths } from "./schema";
import { refused, token } from "./session";
import { settings } from "./settings";

/** As the client types its answers: a pair of numbers, such as a span, is a list of them to it. */
type Read<T> = T extends [number, number]
  ? number[]
  : T extends (infer E)[]
    ? number extends T["length"]
      ? Read<E>[]
      : T
    : T extends object
      ? { [K in keyof T]: Read<T[K]> }
      : T;

export type Schemas = Read<components["schemas"]>;

async function send(request: Request): Promise<Response> {
  const shown = token();
  request.headers.set("Authorization", `Bearer ${shown}`);
  try {
    const answer = await fetch(request);
    if (answer.status === 401) refused(shown);
    return answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The API does not answer.", 0);
  }
}

let client: ReturnType<typeof createClient<paths>> | undefined;

export function api() {
  client ??= createClient<paths>({ baseUrl: settings().api_base, fetch: send, cache: "no-store" });
  return client;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function answered<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok && data !== undefined) return data;
  throw errorOf(error, response.status);
}

export function newKey(): string {
  return crypto.randomUUID();
}

/** A header that makes sending a request twice do it once. */
export function once(key: string): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}

interface Page<T> {
  items: T[];
  cursor: string | null;
}

export async function everyPage<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const found = await page(cursor);
    items.push(...found.items);
    cursor = found.cursor ?? undefined;
  } while (cursor);
  return items;
}
