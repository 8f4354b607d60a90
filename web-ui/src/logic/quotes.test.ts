import { expect, it } from "vitest";
import { holds, piecesOf } from "./quotes";

it("lights the quote and nothing else", () => {
  const pieces = piecesOf("one OOM two", "OOM");

  expect(pieces).toEqual([
    { text: "one ", lit: false },
    { text: "OOM", lit: true },
    { text: " two", lit: false },
  ]);
});

it("finds in a table's cell what was quoted from JSON", () => {
  expect(holds("2026-11-20T10:57:29Z", '"at":"2026-11-20T10:57:29Z"')).toBe(true);
  expect(holds('say "x"', String.raw`say \"x\"`)).toBe(true);
  expect(holds('"latest": 5', '"latest":5.0')).toBe(true);
});

it("leaves a text without the quote whole", () => {
  expect(piecesOf("nothing here", "OOM")).toEqual([{ text: "nothing here", lit: false }]);
});
