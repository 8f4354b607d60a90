// What tools answered, told for people: values line by line, and quotes that were cut out of JSON.

import type { Path } from "./spans";
import { words } from "./words";

export interface Line {
  path: Path;
  /** Of the value at that place: a scalar, or a list of scalars. */
  value: unknown;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/** Every value of an answer with its place; a list of scalars is one line. */
export function linesOf(value: unknown, path: Path = []): Line[] {
  if (isScalar(value) || (Array.isArray(value) && value.every(isScalar))) return [{ path, value }];
  const parts: [string | number, unknown][] = Array.isArray(value)
    ? value.map((one, number) => [number, one])
    : Object.entries(value as Record<string, unknown>);
  return parts.length ? parts.flatMap(([name, one]) => linesOf(one, [...path, name])) : [{ path, value }];
}

export function nameOf(path: Path): string {
  return path.map((part) => (typeof part === "number" ? `${part + 1}` : words(part))).join(" › ");
}

function scalarTold(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  return String(value);
}

export function valueTold(value: unknown): string {
  if (isScalar(value)) return scalarTold(value);
  const parts = Object.values(value as object);
  return parts.length ? parts.map(scalarTold).join(", ") : "none";
}

/** Any value as text of its own: what is nested in it, a line each. */
export function told(value: unknown): string {
  return linesOf(value)
    .map((line) => (line.path.length ? `${nameOf(line.path)}: ${valueTold(line.value)}` : valueTold(line.value)))
    .join("\n");
}

const CLOSING: Record<string, string> = { "{": "}", "[": "]" };
const OPENING: Record<string, string> = { "}": "{", "]": "[" };

/** A piece of JSON with the brackets that the cut took from it. */
function mended(cut: string): string {
  const open: string[] = [];
  let [before, isText] = ["", false];
  for (let at = 0; at < cut.length; at++) {
    const sign = cut[at] ?? "";
    if (isText && sign === "\\") at++;
    else if (sign === '"') isText = !isText;
    else if (isText) continue;
    else if (CLOSING[sign]) open.push(sign);
    else if (OPENING[sign] && open.pop() === undefined) before = OPENING[sign] + before;
  }
  const after = open.toReversed().map((sign) => CLOSING[sign] ?? "");
  return `${before}${cut}${isText ? '"' : ""}${after.join("")}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a cut piece of JSON holds; nothing where it is no JSON, or a lone word of it. */
function heldIn(quote: string): unknown {
  const cut = quote.trim().replace(/^,|,$/g, "").replace(/:$/, ':"…"');
  if (!/[{[:"]/.test(cut)) return undefined;
  // A name that the cut took the value from tells nothing.
  return [cut, cut.replace(/,"[^"]*"?$/, "")]
    .flatMap((piece) => [piece, mended(piece), mended(`{${piece}}`), `[${mended(piece)}]`])
    .map(parsed)
    .find((found) => found !== undefined);
}

/** A quote as people read it: what it holds line by line, or its words without JSON's escapes. */
export function quoteTold(quote: string): string {
  const held = heldIn(quote);
  if (held !== undefined) return told(held);
  // Words were cut out of a string, and a log line may hold JSON of its own.
  const text = parsed(`"${quote}"`);
  if (typeof text !== "string") return quote;
  const within = /^\s*[{[]/.test(text) ? heldIn(text) : undefined;
  return within === undefined ? text : told(within);
}
