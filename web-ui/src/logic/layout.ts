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

/** A Map or Parallel with what stands in it. */
export interface PlacedGroup extends Point {
  name: string;
  width: number;
  height: number;
}

export interface Drawing {
  width: number;
  height: number;
  groups: PlacedGroup[];
  states: PlacedState[];
  edges: PlacedEdge[];
}

/** Dagre's own names for groups, which no state may have. */
const groupOf = (owner: string) => `\u0000${owner}`;

const LETTER = 7.2;
const HEIGHT = 34;

function widthOf(state: DrawnState): number {
  return Math.max(84, state.name.length * LETTER + 30);
}

export function drawingOf({ states, edges }: Drawable): Drawing {
  const owners = [...new Set(states.flatMap(({ inside }) => (inside ? [inside] : [])))];
  const graph = new Graph({ multigraph: true, compound: owners.length > 0 });
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 46, edgesep: 14, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const state of states) graph.setNode(state.name, { width: widthOf(state), height: HEIGHT });
  for (const owner of owners) graph.setNode(groupOf(owner), {});
  for (const state of states) if (state.inside) graph.setParent(state.name, groupOf(state.inside));
  for (const owner of owners) {
    const around = states.find(({ name }) => name === owner)?.inside;
    if (around) graph.setParent(groupOf(owner), groupOf(around));
  }
  const deep = depths(states, owners);
  // The way out of an error leads from everywhere to one state: drawn as lines, it would hide the rest.
  const drawn = edges.filter((edge) => edge.kind !== "catch");
  for (const [number, edge] of drawn.entries()) {
    const size = edge.label ? { width: edge.label.length * 5.8 + 8, height: 14 } : {};
    // What follows a Map or Parallel stands below all that it holds.
    const minlen = isWithin(states, edge.to, edge.from) ? 1 : (deep.get(edge.from) ?? 0) + 1;
    graph.setEdge(edge.from, edge.to, { ...size, labelpos: "c", minlen }, String(number));
  }
  layout(graph);
  const whole = graph.graph() as { width: number; height: number };
  return {
    width: whole.width,
    height: whole.height,
    groups: owners.map((name) => ({ ...(graph.node(groupOf(name)) as PlacedGroup), name })),
    states: states.map((state) => ({ ...state, ...(graph.node(state.name) as PlacedState), name: state.name })),
    edges: drawn.map((edge, number) => {
      const placed = graph.edge({ v: edge.from, w: edge.to, name: String(number) }) as Point & { points: Point[] };
      return { ...edge, points: placed.points, middle: { x: placed.x, y: placed.y } };
    }),
  };
}

function isWithin(states: DrawnState[], name: string, owner: string): boolean {
  const inside = states.find((state) => state.name === name)?.inside;
  return inside !== undefined && inside !== "" && (inside === owner || isWithin(states, inside, owner));
}

/** How many states stand below one another in each group: a count that may be too large, never too small. */
function depths(states: DrawnState[], owners: string[]): Map<string, number> {
  const deep = new Map<string, number>();
  for (const owner of owners) {
    const direct = states.filter(({ inside }) => inside === owner);
    const nested = states.filter(({ name }) => isWithin(states, name, owner)).length - direct.length;
    const branches = new Map<number, number>();
    for (const { branch } of direct) branches.set(branch ?? 0, (branches.get(branch ?? 0) ?? 0) + 1);
    deep.set(owner, Math.max(...branches.values()) + nested);
  }
  return deep;
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

export type Standing = "current" | "failed" | "caught" | "visited" | "untouched";

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
