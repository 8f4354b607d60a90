import { expect, it } from "vitest";
import { handledTold } from "./deadLetters";

it("tells how many went back, and that somebody was faster with the others", () => {
  expect(handledTold({ handled: ["a"], missing: [] }, "sent again")).toBe("1 message was sent again.");
  expect(handledTold({ handled: ["a", "b"], missing: ["c"] }, "given up")).toBe(
    "2 messages were given up. 1 message was not there any more: somebody else was faster.",
  );
});
