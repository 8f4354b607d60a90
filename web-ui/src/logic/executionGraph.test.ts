import { expect, it } from "vitest";
import { drawableOf, firstChosen, standingsOf, takenWays } from "./executionGraph";
import { drawingOf } from "./layout";

function node(name: string, outcome: string, more: object = {}) {
  const rest = { visits: 1, failed_visits: 0, retries: 0, seconds: 0, root: false, branch: null };
  return { name, kind: "Task", outcome, inside: "", ...rest, ...more };
}

const GRAPH = {
  execution_arn: "arn:aws:states:eu-west-1:1:execution:etl:one",
  state_machine: "etl",
  status: "FAILED",
  started_at: "2026-11-20T10:00:00Z",
  stopped_at: null,
  start_at: "Orders",
  failed_in: "Book",
  nodes: [
    node("Orders", "caught", { kind: "Map" }),
    node("Check", "succeeded", { inside: "Orders" }),
    node("Book", "failed", { inside: "Orders", root: true }),
    node("Tell", "succeeded"),
    node("Finish", "not_taken"),
  ],
  edges: [
    { source: "Orders", target: "Check", label: "starts", taken: 1 },
    { source: "Check", target: "Book", label: "", taken: 1 },
    { source: "Orders", target: "Tell", label: "catch States.ALL", taken: 1 },
    { source: "Orders", target: "Finish", label: "", taken: 0 },
    { source: "Book", target: "Finish", label: "catch States.Timeout", taken: 0 },
  ],
  gaps: [],
  truncated: false,
};

it("lights what failed, marks the way, and looks at the first failure", () => {
  expect(Object.fromEntries(standingsOf(GRAPH))).toEqual({
    Orders: "caught",
    Check: "visited",
    Book: "failed",
    Tell: "visited",
  });
  expect([...takenWays(GRAPH)]).toEqual(["Orders Check", "Check Book", "Orders Tell"]);
  expect(firstChosen(GRAPH)).toBe("Book");
  expect(firstChosen({ ...GRAPH, failed_in: "" })).toBe("Tell");
});

it("draws a Map around what it holds, what follows below it, and the ways out of errors", () => {
  const drawing = drawingOf(drawableOf(GRAPH));
  const at = (name: string) => drawing.states.find((state) => state.name === name)!;
  const [group] = drawing.groups;

  expect(group?.name).toBe("Orders");
  for (const name of ["Check", "Book"]) {
    expect(Math.abs(at(name).y - group!.y)).toBeLessThan(group!.height / 2);
  }
  expect(at("Tell").y).toBeGreaterThan(group!.y + group!.height / 2);
  expect(drawing.edges.find(({ to }) => to === "Tell")).toMatchObject({ kind: "catch", label: "on any error" });
});
