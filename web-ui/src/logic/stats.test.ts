import { expect, it } from "vitest";
import { approvalHealth, medianTold, shareTold, tooFew } from "./stats";
import { span } from "./words";

it("says when there is too little to count", () => {
  expect(tooFew(0)).toContain("no incidents yet");
  expect(tooFew(1)).toContain("Only 1 incident so far");
  expect(tooFew(4)).toContain("single cases");
  expect(tooFew(5)).toBe("");
});

it("tells a number with what it rests on, and words where there is none", () => {
  expect(medianTold({ count: 3, median: 180 }, span, "none yet")).toBe("3 min (of 3)");
  expect(medianTold({ count: 0, median: null }, span, "none yet")).toBe("none yet");
  expect(shareTold(0.25, "1 of 4", "none yet")).toBe("25 % (1 of 4)");
  expect(shareTold(null, "0 of 0", "none yet")).toBe("none yet");
});

it("tells how many approvals were decided by somebody", () => {
  expect(approvalHealth({ pending: 2 })).toBe("None has come to an end yet");
  expect(approvalHealth({ approved: 2, denied: 1, expired: 1 })).toBe("75 % (3 of 4; 1 ran out of time)");
});
