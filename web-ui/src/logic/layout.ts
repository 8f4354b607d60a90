// Where the states of the workflow stand in the drawing, and which of them were visited.

import { Graph, layout } from "@dagrejs/dagre";
import type { Drawable, DrawnEdge, DrawnState } from "./stateMachine";

export interface Point {
  x: number;
  y: number;
}

export interface PlacedState extends DrawnState, Point {
  width: number;
  height: number;
}

export interface PlacedEdge extends DrawnEdge {
  points: Point[];
  middle: Point;
}

export interface Drawing {
  width: number;
  height: number;
  states: PlacedState[];
  edges: PlacedEdge[];
}

const LETTER = 7.2;
const HEIGHT = 34;

function widthOf(state: DrawnState): number {
  return Math.max(84, state.name.length * LETTER + 30);
}

export function drawingOf({ states, edges }: Drawable): Drawing {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 46, edgesep: 14, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const state of states) graph.setNode(state.name, { width: widthOf(state), height: HEIGHT });
  // The way out of an error leads from everywhere to one state: drawn as lines, it would hide the rest.
  const drawn = edges.filter((edge) => edge.kind !== "catch");
  for (const [number, edge] of drawn.entries()) {
    const size = edge.label ? { width: edge.label.length * 5.8 + 8, height: 14 } : {};
    graph.setEdge(edge.from, edge.to, { ...size, labelpos: "c" }, String(number));
  }
  layout(graph);
  const whole = graph.graph() as { width: number; height: number };
  return {
    width: whole.width,
    height: whole.height,
    states: states.map((state) => ({ ...state, ...(graph.node(state.name) as PlacedState), name: state.name })),
    edges: drawn.map((edge, number) => {
      const placed = graph.edge({ v: edge.from, w: edge.to, name: String(number) }) as Point & { points: Point[] };
      return { ...edge, points: placed.points, middle: { x: placed.x, y: placed.y } };
    }),
  };
}

/** A smooth line through dagre's control points. */
export function pathOf(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let told = `M${first.x},${first.y}`;
  rest.forEach((point, number) => {
    const next = rest[number + 1];
    if (!next) {
      told += `L${point.x},${point.y}`;
      return;
    }
    const end = number === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    told += `Q${point.x},${point.y} ${end.x},${end.y}`;
  });
  return told;
}

interface Visit {
  state: string;
  exited_at: string | null;
  error: string | null;
}

export type Standing = "current" | "failed" | "visited" | "untouched";

export function standings(visits: Visit[], running: boolean): Map<string, Standing> {
  const found = new Map<string, Standing>();
  for (const visit of visits) {
    // The last one visited stands last.
    found.delete(visit.state);
    found.set(visit.state, visit.error ? "failed" : "visited");
  }
  const last = visits.at(-1);
  if (last && running && !last.exited_at && !last.error) found.set(last.state, "current");
  return found;
}

/** The transitions that were really taken, as `from to`. */
export function takenEdges(visits: Visit[]): Set<string> {
  const taken = new Set<string>();
  for (let number = 1; number < visits.length; number++) {
    taken.add(`${visits[number - 1]?.state} ${visits[number]?.state}`);
  }
  return taken;
}
