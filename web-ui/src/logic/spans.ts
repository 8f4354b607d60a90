// Where a cited span of bytes stands in a tool's answer: in its text, and in the values it holds.

export type Path = readonly (string | number)[];

/** A part of a string's characters; without bounds a value is meant as a whole. */
export interface Range {
  from: number;
  to: number;
}

interface Place {
  path: Path;
  range: Range;
}

const WHOLE: Range = { from: 0, to: Number.POSITIVE_INFINITY };

export interface Token {
  kind: "key" | "value" | "open" | "close" | "comma" | "colon";
  from: number;
  to: number;
  path: Path;
}

function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function scalarEnd(text: string, from: number): number {
  if (text[from] === '"') return stringEnd(text, from);
  let at = from;
  while (at < text.length && !',]}:'.includes(text[at] ?? "")) at++;
  return at;
}

/** The tokens of a JSON text without spaces, each with the path of the value it belongs to. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  // One entry for each open bracket: where in it the reading is; a key, or a place in a list.
  const open: (string | number)[] = [];
  let at = 0;
  let isKey = false;
  const push = (kind: Token["kind"], to: number, path: Path) => {
    tokens.push({ kind, from: at, to, path });
    at = to;
  };
  while (at < text.length) {
    const sign = text[at] ?? "";
    if (sign === "{" || sign === "[") {
      push("open", at + 1, [...open]);
      open.push(sign === "{" ? "" : 0);
      isKey = sign === "{";
    } else if (sign === "}" || sign === "]") {
      open.pop();
      isKey = false;
      push("close", at + 1, [...open]);
    } else if (sign === ",") {
      push("comma", at + 1, []);
      const last = open.at(-1);
      if (typeof last === "number") open[open.length - 1] = last + 1;
      isKey = typeof last === "string";
    } else if (sign === ":") {
      push("colon", at + 1, []);
      isKey = false;
    } else {
      const end = Math.max(at + 1, scalarEnd(text, at));
      if (isKey) open[open.length - 1] = JSON.parse(text.slice(at, end)) as string;
      push(isKey ? "key" : "value", end, [...open]);
    }
  }
  return tokens;
}

/** The place in a JavaScript string where so many bytes of its UTF-8 are over. */
export function indexOfByte(text: string, bytes: number): number {
  let [at, seen] = [0, 0];
  while (at < text.length && seen < bytes) {
    const code = text.codePointAt(at) ?? 0;
    seen += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += code < 0x10000 ? 1 : 2;
  }
  return at;
}

/** How many characters of the value the first `raw` characters within a JSON string's quotes are. */
function decoded(inner: string, raw: number): number {
  let [at, length] = [0, 0];
  while (at < Math.min(raw, inner.length)) {
    at += inner[at] !== "\\" ? 1 : inner[at + 1] === "u" ? 6 : 2;
    length++;
  }
  return length;
}

function isPrefix(short: Path, long: Path): boolean {
  return short.length <= long.length && short.every((part, number) => part === long[number]);
}

/** What is lit in an answer. */
export class Lit {
  readonly tokens: Token[];
  private readonly places: Place[];

  constructor(
    readonly text: string,
    readonly from: number,
    readonly to: number,
  ) {
    this.tokens = tokensOf(text);
    this.places = to > from ? this.tokens.flatMap((token, number) => this.placeOf(token, number)) : [];
  }

  private covers(token: Token | undefined): boolean {
    return token !== undefined && token.from < this.to && token.to > this.from;
  }

  private placeOf(token: Token, number: number): Place[] {
    if (!this.covers(token)) return [];
    if (token.kind === "key") {
      // Behind it come the colon and the value, which tells better how much of it is meant.
      const value = this.tokens[number + 2];
      return this.covers(value) ? [] : [{ path: token.path, range: WHOLE }];
    }
    if (token.kind !== "value") return [];
    if (this.text[token.from] !== '"') return [{ path: token.path, range: WHOLE }];
    const inner = this.text.slice(token.from + 1, token.to - 1);
    const from = decoded(inner, this.from - token.from - 1);
    const to = decoded(inner, this.to - token.from - 1);
    return to > from ? [{ path: token.path, range: { from, to } }] : [{ path: token.path, range: WHOLE }];
  }

  /** What of the value at `path` is lit. */
  at(path: Path): Range | undefined {
    return this.places.find((place) => isPrefix(place.path, path))?.range;
  }

  /** Whether anything in the value at `path` is lit. */
  under(path: Path): boolean {
    return this.places.some((place) => isPrefix(path, place.path) || isPrefix(place.path, path));
  }

  /** The values that are lit, with their paths. */
  values(content: unknown): { path: Path; value: unknown }[] {
    return this.places.map(({ path }) => ({
      path,
      value: path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown> | undefined)?.[part], content),
    }));
  }
}

/** Nothing is lit. */
export const UNLIT = new Lit("", 0, 0);

/** What an address says is lit: bytes from-to, or for want of them a quote's first place. */
export function litIn(text: string, at: string | undefined, quote: string | undefined): Lit {
  const bytes = /^(\d{1,9})-(\d{1,9})$/.exec(at ?? "");
  if (bytes) return new Lit(text, indexOfByte(text, Number(bytes[1])), indexOfByte(text, Number(bytes[2])));
  const found = quote ? text.indexOf(quote) : -1;
  return found < 0 ? new Lit(text, 0, 0) : new Lit(text, found, found + (quote ?? "").length);
}

export interface Piece {
  text: string;
  lit: boolean;
}

/** A text cut at a range of its characters. */
export function piecesOf(text: string, range: Range | undefined): Piece[] {
  if (!range) return [{ text, lit: false }];
  const to = Math.min(range.to, text.length);
  return [
    { text: text.slice(0, range.from), lit: false },
    { text: text.slice(range.from, to), lit: true },
    { text: text.slice(to), lit: false },
  ].filter((piece) => piece.text);
}

/** The whole answer with line breaks put in, to the letter, and what of it is lit. */
export function printed({ text, tokens, from, to }: Lit): Piece[] {
  const pieces: Piece[] = [];
  const add = (part: string, lit: boolean) => {
    const last = pieces.at(-1);
    if (!part) return;
    if (last?.lit === lit) last.text += part;
    else pieces.push({ text: part, lit });
  };
  let depth = 0;
  const line = () => add(`\n${"  ".repeat(depth)}`, false);
  for (const [number, token] of tokens.entries()) {
    const isEmpty = token.kind === "close" && tokens[number - 1]?.kind === "open";
    if (token.kind === "close") depth--;
    if (token.kind === "close" && !isEmpty) line();
    const [start, end] = [Math.max(from, token.from), Math.min(to, token.to)];
    const cut = start < end ? [start, end] : [token.to, token.to];
    add(text.slice(token.from, cut[0]), false);
    add(text.slice(cut[0], cut[1]), true);
    add(text.slice(cut[1], token.to), false);
    if (token.kind === "open") depth++;
    if (token.kind === "colon") add(" ", false);
    if (token.kind === "comma" || (token.kind === "open" && tokens[number + 1]?.kind !== "close")) line();
  }
  return pieces;
}
