import { expect, it } from "vitest";
import { undoing } from "./undoing";

const inverse = { name: "scale_ecs_service", parameters: {} };

it("says that something was undone only where it was", () => {
  expect(undoing({ status: "undone", inverse })).toBe("Undone with");
  expect(undoing({ status: "done", inverse })).toBe("Can be undone with");
});

it("says nothing of an inverse that does nothing, or of what was never done", () => {
  expect(undoing({ status: "done", inverse: { name: "notify_only", parameters: {} } })).toBe("");
  expect(undoing({ status: "done", inverse: null })).toBe("");
  expect(undoing({ status: "refused", inverse })).toBe("");
});
