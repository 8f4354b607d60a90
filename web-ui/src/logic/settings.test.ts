import { expect, it } from "vitest";
import { endTold, standingTold, toolsWith, turnedTold } from "./settings";

const AT = "2026-11-20T12:00:00Z";

it("tells who turned the switch and why, and where that is on no record", () => {
  const turned = { at: AT, by: "ann", reason: "a freeze" };

  expect(turnedTold({ enabled: false, turned })).toBe("Turned off by ann, 2026-11-20 12:00:00 UTC: a freeze");
  expect(turnedTold({ enabled: true, turned: { ...turned, by: null } })).toContain("past this console");
  expect(turnedTold({ enabled: false, turned: null })).toContain("not known");
});

it("tells what a class of actions has earned, and what that rests on", () => {
  const record = { earned: true, helped: 3, of: 4, seeded: 26, lower_bound: 0.83, bar: 0.8 };

  expect(standingTold(record)).toBe("Yes: helped 3 of 4 times here, 26 times in the evals; helps in at least 83 %");
  expect(standingTold({ ...record, earned: false, lower_bound: 0.5 })).toContain("80 % are asked for");
  expect(standingTold({ ...record, earned: false, of: 0, seeded: 0 })).toBe("Not yet: never done here yet, so a person is asked");
});

it("tells until when a token is good, and whether that is soon", () => {
  const now = Date.parse(AT);

  expect(endTold(null, now)).toEqual({ told: "Until it is revoked", soon: false });
  expect(endTold("2026-11-22T12:00:00Z", now).soon).toBe(true);
  expect(endTold("2027-11-22T12:00:00Z", now)).toEqual({ told: "2027-11-22 12:00:00 UTC", soon: false });
  expect(endTold("2026-11-20T11:59:59Z", now).told).toBe("Over");
});

it("finds tools by words and by who may call them", () => {
  const one = { server: "monitoring", name: "get_metrics", purpose: "Numbers over time", manner: "looks", agents: ["triage"] };
  const other = { server: "operations", name: "restart", purpose: "Replace tasks", manner: "changes", agents: [] };

  expect(toolsWith([one, other], "TIME", "")).toEqual([one]);
  expect(toolsWith([one, other], "", "triage")).toEqual([one]);
  expect(toolsWith([one, other], "", "")).toHaveLength(2);
  expect(toolsWith([one, other], "nothing like it", "")).toEqual([]);
});
