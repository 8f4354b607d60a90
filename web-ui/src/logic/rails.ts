// Ways out and in that would hide the rest of a drawing: they run beside it.

import type { PlacedEdge, PlacedState, Point } from "./layout";
import type { DrawnEdge } from "./stateMachine";

const MANY = 4;
/** Pixels between one rail and the next. */
export const RAIL = 14;
const LANE = 12;
const CORNER = 8;

/** Ways that are drawn beside the rest: failures on the right, other ways out and in on the left. */
export interface Rail {
  edges: DrawnEdge[];
  side: 1 | -1;
}

function reached(from: string, edges: DrawnEdge[]): Set<string> {
  const found = new Set([from]);
  for (const name of found) for (const { from: source, to } of edges) if (source === name) found.add(to);
  return found;
}

/** Many ways to one place from which none leads back; and where an execution that died goes on. */
export function railsOf(start: string, edges: DrawnEdge[]): Rail[] {
  const out = [...new Set(edges.map(({ to }) => to))].flatMap((to): Rail[] => {
    const onward = reached(to, edges);
    return (["catch", "choice"] as const).flatMap((kind): Rail[] => {
      const same = edges.filter((edge) => edge.to === to && edge.kind === kind);
      const isOut = same.length >= MANY && !same.some(({ from }) => onward.has(from));
      return isOut ? [{ edges: same, side: kind === "catch" ? 1 : -1 }] : [];
    });
  });
  const taken = new Set(out.flatMap((rail) => rail.edges));
  const again = edges.filter((edge) => edge.from === start && !taken.has(edge)).slice(1);
  return again.length >= MANY ? [...out, { edges: again, side: -1 }] : out;
}

/** Out below a state's side, down the rail, and into the other from above. */
function alongRail(from: PlacedState, to: PlacedState, rail: number, side: 1 | -1): Point[] {
  const out = from.x + side * (from.width / 2 - 12);
  const into = to.x + side * Math.min(16, to.width / 2 - 12);
  const [lane, last] = [from.y + from.height / 2 + LANE, to.y - to.height / 2 - LANE];
  return [
    { x: out, y: from.y + from.height / 2 },
    { x: out, y: lane },
    { x: rail, y: lane },
    { x: rail, y: last },
    { x: into, y: last },
    { x: into, y: to.y - to.height / 2 },
  ];
}

export function railEdges(rails: Rail[], at: Map<string, PlacedState>, width: number): PlacedEdge[] {
  const places = { [-1]: 0, 1: 0 };
  return rails.flatMap(({ edges, side }) => {
    const beside = RAIL * ++places[side];
    const rail = side > 0 ? width + beside : -beside;
    return edges.flatMap((edge): PlacedEdge[] => {
      const [from, target] = [at.get(edge.from), at.get(edge.to)];
      if (!from || !target) return [];
      const points = alongRail(from, target, rail, side);
      const middle = { x: from.x + side * (from.width / 2 + 4), y: (points[1]?.y ?? 0) + 9 };
      return [{ ...edge, points, middle, isRail: true }];
    });
  });
}

function toward(from: Point, to: Point, most: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const share = Math.min(most, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

/** Straight pieces with rounded corners. */
export function cornersOf(points: Point[]): string {
  return points
    .map((point, number) => {
      const [before, after] = [points[number - 1], points[number + 1]];
      if (!before) return `M${point.x},${point.y}`;
      if (!after) return `L${point.x},${point.y}`;
      const [into, out] = [toward(point, before, CORNER), toward(point, after, CORNER)];
      return `L${into.x},${into.y}Q${point.x},${point.y} ${out.x},${out.y}`;
    })
    .join("");
}
