import { describe, expect, it } from "vitest";
import { editOf, faultIn, isWithin, lastWord, WHOLE, wordFor } from "./approval";

const scale = { number: 1, may_be_narrowed: { desired_count: { now: 3, asked: 8 } } };
const restart = { number: 2, may_be_narrowed: {} };

describe("narrowing a plan", () => {
  it("sends nothing where the plan is taken as it is", () => {
    expect(editOf([scale, restart], WHOLE)).toBeNull();
    expect(editOf([scale], { dropped: [], numbers: { 1: { desired_count: 8 } } })).toBeNull();
  });

  it("names what is kept and the numbers that are smaller", () => {
    const narrowing = { dropped: [2], numbers: { 1: { desired_count: 5 } } };

    expect(editOf([scale, restart], narrowing)).toEqual({ actions: [{ number: 1, parameters: { desired_count: 5 } }] });
  });

  it("takes a number between what is and what was asked, and no other", () => {
    const room = { now: 3, asked: 8 };

    expect([4, 8].every((value) => isWithin(value, room))).toBe(true);
    expect([3, 9, 2, 4.5, Number.NaN].some((value) => isWithin(value, room))).toBe(false);
    expect(isWithin(2, { now: 5, asked: 1 })).toBe(true);
  });

  it("says in words what is wrong", () => {
    expect(faultIn([scale], { dropped: [], numbers: { 1: { desired_count: 20 } } })).toContain("from 4 to 8");
    expect(faultIn([scale], { dropped: [1], numbers: {} })).toContain("Deny it instead");
    expect(faultIn([scale], { dropped: [], numbers: { 1: { desired_count: 6 } } })).toBeUndefined();
  });

  it("lets a no carry no edit", () => {
    const edit = { actions: [{ number: 1, parameters: {} }] };

    expect(wordFor({ approved: false, reason: " no ", edit })).toEqual({ approved: false, reason: "no", edit: null });
  });
});

describe("the last word on a question", () => {
  it("names who gave it, what it was and why", () => {
    const [ann, bob] = [
      { decided_by: "ann", approved: true, reason: "looks right" },
      { decided_by: "bob", approved: false, reason: "not now" },
    ];

    expect(lastWord({ decisions: [ann, bob] })).toBe("bob said no: not now");
    expect(lastWord({ decisions: [ann] })).toBe("ann agreed: looks right");
    expect(lastWord({ decisions: [] })).toBe("");
  });
});
