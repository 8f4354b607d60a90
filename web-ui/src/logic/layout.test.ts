import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { drawingOf, standings, takenEdges } from "./layout";
import { drawable, type DrawnEdge } from "./stateMachine";

const definition = drawable(parse(readFileSync("../statemachine/incident_response.asl.yaml", "utf8")));

it("places every state of the real workflow, none upon another", () => {
  const { states } = drawingOf(definition);

  expect(states.map(({ name }) => name)).toEqual(definition.states.map(({ name }) => name));
  for (const [number, one] of states.entries()) {
    for (const other of states.slice(number + 1)) {
      const apart = Math.abs(one.x - other.x) >= (one.width + other.width) / 2 || Math.abs(one.y - other.y) >= one.height;
      expect(apart, `${one.name} and ${other.name}`).toBe(true);
    }
  }
});

function visit(state: string, exited_at: string | null) {
  return { state, exited_at, error: null };
}

it("lights where it is, and marks the way it took", () => {
  const visits = [visit("Begin", "x"), visit("Triage", "x"), visit("AfterTriage", null)];

  expect([...standings(visits, true).values()]).toEqual(["visited", "visited", "current"]);
  expect(standings(visits, false).get("AfterTriage")).toBe("visited");
  expect([...takenEdges(visits)]).toEqual(["Begin Triage", "Triage AfterTriage"]);
});

describe("a failure that the workflow caught", () => {
  const edges: DrawnEdge[] = [
    { from: "Look", to: "Mend", label: "", kind: "next" },
    { from: "Look", to: "Record", label: "failure", kind: "catch" },
    { from: "Mend", to: "Record", label: "failure", kind: "catch" },
    { from: "Tell", to: "Record", label: "failure", kind: "catch" },
    { from: "Wait", to: "Record", label: "failure", kind: "catch" },
    { from: "Wait", to: "Expire", label: "timeout", kind: "catch" },
  ];
  const states = ["Look", "Mend", "Tell", "Wait", "Expire", "Record"].map((name) => ({
    name,
    type: "Task",
    comment: "",
    waits: false,
  }));

  it("stands out, and its way is among those taken", () => {
    const visits = [visit("Look", "x"), visit("Mend", "x"), visit("Record", "x")];

    expect(standings(visits, false, edges).get("Mend")).toBe("caught");
    expect(standings(visits, false, edges).get("Look")).toBe("visited");
    expect(takenEdges(visits).has("Mend Record")).toBe(true);
  });

  it("runs along the rail where many lead to one place, and is placed like any other where not", () => {
    const { edges: placed } = drawingOf({ start: "Look", states, edges });

    expect(placed.filter(({ isRail }) => isRail).map(({ from }) => from)).toEqual(["Look", "Mend", "Tell", "Wait"]);
    expect(placed.find(({ to }) => to === "Expire")?.isRail).toBe(false);
  });
});
