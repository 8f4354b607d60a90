import { useEffect, useRef } from "react";
import { type Drawing, pathOf, type PlacedEdge, type PlacedState, type Standing } from "../logic/layout";
import { cornersOf } from "../logic/rails";
import "./drawing.css";

interface Properties {
  drawing: Drawing;
  standings: Map<string, Standing>;
  taken: Set<string>;
  chosen: string | undefined;
  /** Whether the ways beside the drawing are all shown, or only those taken. */
  withEvery?: boolean;
  onChoose: (state: string) => void;
  /** What is in sight at first; else where it is now, or where it ended. */
  inSight?: string | undefined;
}

const TOLD: Record<Standing, string> = {
  current: "running now",
  failed: "failed",
  visited: "done",
  caught: "failed, and went on",
  untouched: "not reached",
};

function markOf(state: PlacedState): string {
  if (state.waits) return " …";
  if (state.type === "Choice" && !state.name.endsWith("?")) return " ?";
  return "";
}

function Edge({ edge, isTaken, isAskedFor }: { edge: PlacedEdge; isTaken: boolean; isAskedFor: boolean }) {
  if (edge.isRail && !isTaken && !isAskedFor) return null;
  return (
    <g className={`edge edge-${edge.kind}${isTaken ? " edge-taken" : ""}`}>
      <path d={edge.isRail ? cornersOf(edge.points) : pathOf(edge.points)} markerEnd="url(#arrow)" />
      {edge.label && (isTaken || !edge.isRail) ? (
        <text
          x={edge.middle.x}
          y={edge.middle.y}
          textAnchor={edge.isRail ? "end" : "middle"}
          dominantBaseline="central"
        >
          {edge.label}
        </text>
      ) : null}
    </g>
  );
}

export function StateDrawing({ drawing, standings, taken, chosen, withEvery = false, onChoose, inSight }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  // Where it is now, or where it ended, is in sight without scrolling.
  const reached = inSight ?? [...standings.keys()].at(-1) ?? drawing.states[0]?.name;
  const place = drawing.states.find(({ name }) => name === reached);
  const [x, y] = [place?.x ?? 0, place?.y ?? 0];
  useEffect(() => {
    const frame = box.current;
    frame?.scrollTo({ left: x - drawing.left - frame.clientWidth / 2, top: y - frame.clientHeight / 2 });
  }, [x, y, drawing.left]);
  return (
    <div ref={box} className="drawing" tabIndex={0} role="region" aria-label="State machine">
      <svg
        viewBox={`${drawing.left} 0 ${drawing.width} ${drawing.height}`}
        width={drawing.width}
        height={drawing.height}
        aria-label="States of the workflow"
        role="group"
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0L8,4L0,8z" />
          </marker>
        </defs>
        {drawing.groups.map((group) => (
          <g key={`within ${group.name}`} className="group">
            <rect x={group.x - group.width / 2} y={group.y - group.height / 2} width={group.width} height={group.height} rx={8} />
            <text x={group.x - group.width / 2 + 8} y={group.y - group.height / 2 + 13}>
              {group.name}
            </text>
          </g>
        ))}
        {drawing.edges.map((edge) => (
          <Edge
            key={`${edge.from} ${edge.to} ${edge.kind}`}
            edge={edge}
            isTaken={taken.has(`${edge.from} ${edge.to}`)}
            isAskedFor={withEvery || edge.from === chosen}
          />
        ))}
        {drawing.states.map((state) => {
          const standing = standings.get(state.name) ?? "untouched";
          return (
            // A button cannot stand in a drawing; a group that acts as one can.
            <g
              key={state.name}
              role="button"
              tabIndex={0}
              aria-pressed={chosen === state.name}
              aria-label={`${state.name}, ${TOLD[standing]}`}
              className={`state state-${standing}${chosen === state.name ? " state-chosen" : ""}`}
              onClick={() => onChoose(state.name)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                onChoose(state.name);
              }}
            >
              <rect
                x={state.x - state.width / 2}
                y={state.y - state.height / 2}
                width={state.width}
                height={state.height}
                rx={state.type === "Choice" ? 17 : 6}
              />
              <text x={state.x} y={state.y} textAnchor="middle" dominantBaseline="central">
                {state.name}
                {markOf(state)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
