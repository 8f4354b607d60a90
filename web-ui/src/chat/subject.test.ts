import { expect, it } from "vitest";
import { examplesFor, keptSubjects, readingInWords } from "./subject";

const READING = {
  intent: "why" as const,
  subjects: ["customer-etl"],
  since: "2026-11-20T10:00:00Z",
  until: "2026-11-20T12:00:00Z",
  window: "the last 2 hours",
  topics: [],
  unused: ["please"],
  deliverable: "answer" as const,
  is_conditional: false,
};

it("says how a question was understood", () => {
  expect(readingInWords(READING)).toBe("About customer-etl, the last 2 hours. Not understood: please.");
  expect(readingInWords({ ...READING, subjects: [], unused: [] })).toBe("About everything, the last 2 hours.");
});

it("keeps what the last question that was understood was about", () => {
  const turn = { reading: READING } as never;

  expect(keptSubjects([turn, { reading: null } as never])).toEqual(["customer-etl"]);
  expect(keptSubjects([])).toEqual([]);
});

it("offers questions about the pipeline at hand", () => {
  expect(examplesFor("customer-etl")[0]).toBe("Why did customer-etl fail?");
  expect(examplesFor("")).toHaveLength(3);
});
