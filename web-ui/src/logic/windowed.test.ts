import { expect, it } from "vitest";
import { partInSight } from "./windowed";

const ids = Array.from({ length: 100 }, (_, number) => `row-${number}`);
const heights = new Map(ids.map((id) => [id, 10]));

it("takes what is in sight and keeps the room of the rest", () => {
  expect(partInSight(ids, heights, 200, 300)).toEqual({ from: 20, to: 30, before: 200, after: 700 });
  expect(partInSight(ids, heights, -500, 40)).toEqual({ from: 0, to: 4, before: 0, after: 960 });
});

it("always holds something, and never loses a pixel", () => {
  for (const [top, bottom] of [
    [-9000, -8000],
    [5000, 6000],
    [990, 1200],
  ] as const) {
    const { from, to, before, after } = partInSight(ids, heights, top, bottom);
    expect(to).toBeGreaterThan(from);
    expect(before + after + (to - from) * 10).toBe(1000);
  }
});

it("guesses the height of what was never rendered, and an empty list is empty", () => {
  const { before, after, from, to } = partInSight(ids, new Map(), 0, 100);
  expect([from, to, before]).toEqual([0, 2, 0]);
  expect(after).toBeGreaterThan(1000);
  expect(partInSight([], heights, 0, 100)).toEqual({ from: 0, to: 0, before: 0, after: 0 });
});
