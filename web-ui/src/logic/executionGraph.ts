// One execution of a pipeline as a drawing: its states and ways, and how far it came.

import type { Schemas } from "../api/client";
import type { Standing } from "./layout";
import type { Drawable, DrawnEdge } from "./stateMachine";

type Graph = Schemas["ExecutionGraph"];
type Way = Schemas["DrawnWay"];

const STANDINGS: Record<string, Standing> = {
  succeeded: "visited",
  failed: "failed",
  aborted: "failed",
  caught: "caught",
  running: "current",
};

function kindOf({ label }: Way): DrawnEdge["kind"] {
  if (label.startsWith("catch")) return "catch";
  return label && label !== "starts" ? "choice" : "next";
}

function labelOf({ label }: Way): string {
  if (label === "starts") return "";
  if (label.startsWith("catch ")) return `on ${label.slice("catch ".length).replace("States.ALL", "any error")}`;
  return label === "default" ? "else" : label;
}

export function drawableOf(graph: Graph): Drawable {
  return {
    start: graph.start_at,
    states: graph.nodes.map((node) => ({
      name: node.name,
      type: node.kind,
      comment: "",
      waits: false,
      inside: node.inside,
      branch: node.branch,
    })),
    edges: graph.edges.map((way) => ({ from: way.source, to: way.target, label: labelOf(way), kind: kindOf(way) })),
  };
}

export function standingsOf(graph: Graph): Map<string, Standing> {
  const reached = graph.nodes.filter(({ outcome }) => outcome !== "not_taken");
  return new Map(reached.map(({ name, outcome }) => [name, STANDINGS[outcome] ?? "visited"]));
}

export function takenWays(graph: Graph): Set<string> {
  return new Set(graph.edges.filter(({ taken }) => taken > 0).map(({ source, target }) => `${source} ${target}`));
}

/** What is looked at first: the state that failed first, else the last one that it came to. */
export function firstChosen(graph: Graph): string | undefined {
  if (graph.failed_in) return graph.failed_in;
  return graph.nodes.findLast(({ outcome }) => outcome !== "not_taken")?.name ?? graph.nodes[0]?.name;
}

/** A payload as its value; one that was shortened is the text that it is. */
export function valueOf(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
