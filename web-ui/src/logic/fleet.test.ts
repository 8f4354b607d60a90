import { expect, it } from "vitest";
import { wasLookedAt, whyNone } from "./fleet";

const at = "2026-01-01T00:00:00Z";
const gaps = [{ source: "fleet", reason: "it is being looked at" }];

it("does not take a fleet that is being looked at for one without devices", () => {
  expect(wasLookedAt(undefined)).toBe(false);
  expect(wasLookedAt({ at: null, gaps })).toBe(false);
  expect(wasLookedAt({ at, gaps: [] })).toBe(true);
  expect(whyNone({ at: null, gaps })).not.toContain("no devices");
});

it("says that there are no devices only where nothing was hidden from it", () => {
  expect(whyNone({ at, gaps: [] })).toBe("There are no devices.");
  expect(whyNone({ at, gaps: [{ source: "iot", reason: "denied" }] })).toBe("No device could be seen.");
});
