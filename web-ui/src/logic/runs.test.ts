import { expect, it } from "vitest";
import { hindranceTo, presentOf, stagesOf } from "./runs";

const RUN = { status: "running", phase: "execute_tool", deliverable: "ticket", draft: null, answer: null, steps: 3 } as const;

function told(change: object) {
  return stagesOf({ ...RUN, ...change }).map(({ name, standing }) => `${name}: ${standing}`);
}

it("goes from the goal to the report, and asks for consent where it makes something", () => {
  expect(told({})).toEqual(["Goal: done", "Plan: done", "Steps: now", "Consent to the ticket: ahead", "Report: ahead"]);
  expect(told({ deliverable: "answer" })).toEqual(["Goal: done", "Plan: done", "Steps: now", "Report: ahead"]);
  expect(told({ status: "needs_approval", phase: "deliver" }).at(-2)).toBe("Consent to the ticket: now");
});

it("ends at the report, or where it failed", () => {
  expect(told({ status: "completed", phase: "report" }).at(-1)).toBe("Report: done");
  expect(told({ status: "failed", phase: "report", steps: 1 }).slice(0, 3)).toEqual(["Goal: done", "Plan: failed", "Steps: ahead"]);
  expect(told({ status: "created", phase: "plan" })[1]).toBe("Plan: now");
});

it("says when it tries again", () => {
  const retrying = { ...RUN, attempts: 2, next_attempt_at: "2026-11-20T10:00:05Z" };

  expect(presentOf(retrying)).toBe("It was tried 2 times in vain; the next try is at 10:00:05 UTC");
  expect(presentOf({ ...RUN, attempts: 0, next_attempt_at: null })).toContain("call of the plan");
  expect(presentOf({ ...retrying, status: "failed" })).toBe("");
});

it("says what keeps a ticket from being made although somebody consents", () => {
  const [on, off] = [{ is_on: true, reason: "on" }, { is_on: false, reason: "actions are switched off" }];
  const draft = { kind: "ticket", refusal: "" } as const;

  expect(hindranceTo(draft, off)).toEqual({ now: true, why: "actions are switched off" });
  expect(hindranceTo(draft, on)).toBeUndefined();
  expect(hindranceTo({ ...draft, refusal: "nothing may leave here" }, on)).toEqual({ now: false, why: "nothing may leave here" });
  expect(hindranceTo({ kind: "incident", refusal: "" }, off)).toBeUndefined();
});
