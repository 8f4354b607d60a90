import { describe, expect, test } from "vitest";
import { indexOfByte, Lit, litIn, piecesOf, printed, tokensOf } from "./spans";

const CONTENT = {
  lines: [
    { at: "12:00", message: 'payé → "no" 🙂 done' },
    { at: "12:01", message: 'payé → "no" 🙂 done' },
  ],
  summary: { latest: 5 },
};
// As Python writes it: keys sorted, no spaces, 5.0 stays 5.0.
const TEXT = JSON.stringify(CONTENT).replace('"latest":5', '"latest":5.0');

function bytesOf(part: string, from = 0): string {
  const at = TEXT.indexOf(part, from);
  const before = new TextEncoder().encode(TEXT.slice(0, at)).length;
  return `${before}-${before + new TextEncoder().encode(part).length}`;
}

function marked(lit: Lit): string {
  return printed(lit)
    .filter((piece) => piece.lit)
    .map((piece) => piece.text)
    .join("");
}

describe("a span of bytes", () => {
  test("lights the second of two equal lines, although the first says the same", () => {
    const second = TEXT.indexOf("done") + 4;
    const lit = litIn(TEXT, bytesOf('\\"no\\" 🙂 done', second), undefined);

    expect(lit.under(["lines", 0])).toBe(false);
    const range = lit.at(["lines", 1, "message"]);
    expect(piecesOf(CONTENT.lines[1]?.message ?? "", range).find((piece) => piece.lit)?.text).toBe('"no" 🙂 done');
    expect(marked(lit)).toBe('\\"no\\" 🙂 done');
  });

  test("counts bytes of UTF-8, not units of UTF-16", () => {
    expect(indexOfByte("é🙂x", 0)).toBe(0);
    expect(indexOfByte("é🙂x", 2)).toBe(1);
    expect(indexOfByte("é🙂x", 6)).toBe(3);
    expect(indexOfByte("é🙂x", 99)).toBe(4);
  });

  test("over a name and its value lights the value", () => {
    const lit = litIn(TEXT, bytesOf('"latest":5.0'), undefined);

    expect(lit.at(["summary", "latest"])).toBeDefined();
    expect(lit.values(CONTENT)).toEqual([{ path: ["summary", "latest"], value: 5 }]);
    expect(marked(lit)).toBe('"latest":5.0');
  });

  test("over a name alone lights everything under it", () => {
    const lit = litIn(TEXT, bytesOf('"lines"'), undefined);

    expect(lit.at(["lines", 1, "at"])).toBeDefined();
    expect(lit.at(["summary", "latest"])).toBeUndefined();
  });
});

test("without bytes the first place of the quote counts, and without either nothing is lit", () => {
  expect(litIn(TEXT, undefined, "12:01").under(["lines", 1])).toBe(true);
  expect(litIn(TEXT, "x-y", "not there").values(CONTENT)).toEqual([]);
  expect(litIn(TEXT, "900-1200", undefined).values(CONTENT)).toEqual([]);
});

test("what is printed is what came, with line breaks", () => {
  const whole = printed(new Lit(TEXT, 0, 0));

  expect(whole).toHaveLength(1);
  expect(JSON.parse(whole[0]?.text ?? "")).toEqual(CONTENT);
  expect(whole[0]?.text).toContain('"latest": 5.0');
  expect(printed(new Lit('{"a":[],"b":{}}', 0, 0))[0]?.text).toBe('{\n  "a": [],\n  "b": {}\n}');
  expect(tokensOf("[1,[2]]").filter((token) => token.kind === "value").map((token) => token.path)).toEqual([[0], [1, 0]]);
});
