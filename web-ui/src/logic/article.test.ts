import { expect, it } from "vitest";
import { bodyOf, changeTold, differing, EMPTY, faultsOfArticle, typedOf } from "./article";

const ARTICLE = { title: "Pool is empty", services: ["payment"], cause: "a leak", trust_percent: 40, version: 3 };

it("sends what was typed, and nothing without a title", () => {
  expect(bodyOf({ ...typedOf(ARTICLE), title: " Pool " })).toMatchObject({ title: "Pool", trust_percent: 40 });
  expect(faultsOfArticle({ ...EMPTY, title: "  " }).title).toContain("title");
  expect(faultsOfArticle(typedOf(ARTICLE))).toEqual({});
});

it("shows what somebody else made of it, where that is something else", () => {
  const typed = { ...typedOf(ARTICLE), cause: "a loop", trust: 45 };

  expect(differing(typed, ARTICLE)).toEqual([
    { label: "Cause", theirs: "a leak" },
    { label: "Trust", theirs: "40 %" },
  ]);
  expect(differing(typedOf(ARTICLE), ARTICLE)).toEqual([]);
});

it("tells what moved the trust", () => {
  const change = { at: "2026-11-20T12:00:00Z", was_percent: 40, percent: 80, by: "ann", why: "graded right" };

  expect(changeTold(change)).toBe("40 % → 80 %: graded right, by ann");
  expect(changeTold({ ...change, was_percent: 80 })).toContain("stayed at 80 %");
});
