// Where the states of the workflow stand in the drawing, and which of them were visited.

import { Graph, layout } from "@dagrejs/dagre";
import { RAIL, railEdges, railsOf } from "./rails";
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
  /** One of the many ways to the same place that failures take: shown when taken or asked for. */
  isRail: boolean;
}

/** A Map or Parallel with what stands in it. */
export interface PlacedGroup extends Point {
  name: string;
  width: number;
  height: number;
}

export interface Drawing {
  left: number;
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

export function drawingOf({ start, states, edges }: Drawable): Drawing {
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
  const deep = new Map(owners.map((owner) => [owner, depthOf(owner, states, edges)]));
  const rails = railsOf(start, edges);
  const beside = new Set(rails.flatMap((rail) => rail.edges));
  const drawn = edges.filter((edge) => !beside.has(edge));
  for (const [number, edge] of drawn.entries()) {
    const size = edge.label ? { width: edge.label.length * 5.8 + 8, height: 14 } : {};
    // What follows a Map or Parallel stands below all that it holds.
    const minlen = isWithin(states, edge.to, edge.from) ? 1 : (deep.get(edge.from) ?? 0) + 1;
    graph.setEdge(edge.from, edge.to, { ...size, labelpos: "c", minlen }, String(number));
  }
  // One of them alone holds the place below everything that can lead there.
  for (const [number, rail] of rails.entries()) {
    const last = rail.edges.at(-1);
    if (last && last.from !== start) graph.setEdge(last.from, last.to, { weight: 0 }, `rail ${number}`);
  }
  layout(graph);
  const whole = graph.graph() as { width: number; height: number };
  const placed = states.map((state) => ({ ...state, ...(graph.node(state.name) as PlacedState), name: state.name }));
  const shown = drawn.map((edge, number): PlacedEdge => {
    const found = graph.edge({ v: edge.from, w: edge.to, name: String(number) }) as Point & { points: Point[] };
    return { ...edge, points: found.points, middle: { x: found.x, y: found.y }, isRail: false };
  });
  const along = railEdges(rails, new Map(placed.map((state) => [state.name, state])), whole.width);
  const room = RAIL * (1 + Math.max(0, ...[1, -1].map((side) => rails.filter((rail) => rail.side === side).length)));
  return {
    left: rails.length ? -room : 0,
    width: whole.width + (rails.length ? 2 * room : 0),
    height: whole.height,
    groups: owners.map((name) => ({ ...(graph.node(groupOf(name)) as PlacedGroup), name })),
    states: placed,
    edges: [...shown, ...along],
  };
}

function isWithin(states: DrawnState[], name: string, owner: string): boolean {
  const inside = states.find((state) => state.name === name)?.inside;
  return inside !== undefined && inside !== "" && (inside === owner || isWithin(states, inside, owner));
}

/** How many states stand below one another in a group, along its longest way; a way back counts for nothing. */
function depthOf(owner: string, states: DrawnState[], edges: DrawnEdge[]): number {
  const held = new Set(states.filter(({ name }) => isWithin(states, name, owner)).map(({ name }) => name));
  const known = new Map<string, number>();
  const below = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    // Met again before it is known, it lies on a way back.
    known.set(name, 0);
    const next = edges.filter(({ from, to }) => from === name && held.has(to));
    const depth = 1 + Math.max(0, ...next.map(({ to }) => below(to)));
    known.set(name, depth);
    return depth;
  };
  return Math.max(1, ...[...held].map(below));
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

function key(from: string | undefined, to: string | undefined): string {
  return `${from} ${to}`;
}

/** The numbers of the visits that ended by a failure which the workflow caught. */
export function caughtVisits(visits: Visit[], edges: DrawnEdge[]): Set<number> {
  const ways = (kinds: DrawnEdge["kind"][]) =>
    new Set(edges.filter(({ kind }) => kinds.includes(kind)).map(({ from, to }) => key(from, to)));
  const [caught, regular] = [ways(["catch"]), ways(["next", "choice"])];
  const taken = visits.map(({ state }, number) => key(state, visits[number + 1]?.state));
  return new Set(taken.flatMap((way, number) => (caught.has(way) && !regular.has(way) ? [number] : [])));
}

export function standings(visits: Visit[], running: boolean, edges: DrawnEdge[] = []): Map<string, Standing> {
  const found = new Map<string, Standing>();
  const caught = caughtVisits(visits, edges);
  for (const [number, visit] of visits.entries()) {
    // The last one visited stands last.
    found.delete(visit.state);
    found.set(visit.state, visit.error ? "failed" : caught.has(number) ? "caught" : "visited");
  }
  const last = visits.at(-1);
  if (last && running && !last.exited_at && !last.error) found.set(last.state, "current");
  return found;
}

/** The transitions that were really taken, as `from to`. */
export function takenEdges(visits: Visit[]): Set<string> {
  return new Set(visits.slice(1).map(({ state }, number) => key(visits[number]?.state, state)));
}
