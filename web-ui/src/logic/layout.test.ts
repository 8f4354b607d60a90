import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { drawingOf, standings, takenEdges } from "./layout";
import { drawable } from "./stateMachine";

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
