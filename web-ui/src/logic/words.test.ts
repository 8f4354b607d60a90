import { expect, it } from "vitest";
import { callLine, countDown, differences, span } from "./words";

it("counts down to the second, and says when it is over", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");

  expect(countDown("2026-11-20T12:29:05Z", now)).toBe("29:05");
  expect(countDown("2026-11-20T13:00:01Z", now)).toBe("1:00:01");
  expect(countDown("2026-11-20T12:00:00Z", now)).toBeNull();
});

it("tells spans in the unit that fits", () => {
  expect([0.42, 42, 600, 7200, 400_000].map(span)).toEqual(["0.4 s", "42 s", "10 min", "2.0 h", "5 days"]);
});

it("tells only what differs", () => {
  expect(differences({ a: 1, b: [2] }, { a: 2, b: [2], c: 3 }).map(({ name }) => name)).toEqual(["a", "c"]);
});

it("writes an action as a call", () => {
  expect(callLine({ name: "scale", parameters: { by: 2, tags: ["x"] } })).toBe('scale(by=2, tags=["x"])');
});
