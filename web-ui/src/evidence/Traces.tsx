import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type Lit, piecesOf } from "../logic/spans";
import { brief, clock, words } from "../logic/words";
import { Marked } from "../parts/Marked";
import "./evidence.css";

type Stage = Record<string, unknown>;

export interface TraceContent {
  trace_id: string;
  at: string;
  took_ms: number;
  failed: string;
  path: Stage[];
}

const NAMED = new Set(["component", "service", "name", "operation", "took_ms"]);
const WHOLE = { from: 0, to: Number.POSITIVE_INFINITY };

function nameOf(stage: Stage): string {
  const name = stage.component ?? stage.service ?? stage.name;
  return [name, stage.operation].filter(Boolean).map(String).join(" ");
}

function detailsOf(stage: Stage): string {
  return Object.entries(stage)
    .filter(([key, value]) => !NAMED.has(key) && value !== null && value !== "" && value !== false)
    .map(([key, value]) => (value === true ? words(key) : `${words(key)} ${brief(value)}`))
    .join(", ");
}

function StageRow({ stage, depth, longest, isLit }: { stage: Stage; depth: number; longest: number; isLit: boolean }) {
  const took = Number(stage.took_ms);
  const details = detailsOf(stage);
  const range = isLit ? WHOLE : undefined;
  return (
    <li className={isLit ? "stage record-lit" : "stage"}>
      <span className="code" style={{ paddingLeft: Math.min(depth, 8) * 14 }}>
        <Marked pieces={piecesOf(nameOf(stage), range)} />
        {details ? (
          <span className="quiet">
            {" "}
            <Marked pieces={piecesOf(details, range)} />
          </span>
        ) : null}
      </span>
      <span className="stage-took" aria-hidden="true">
        {longest > 0 && Number.isFinite(took) ? (
          <span className="stage-bar" style={{ width: `${Math.max(1, (took / longest) * 100)}%` }} />
        ) : null}
      </span>
      <span>{Number.isFinite(took) ? `${Math.round(took)} ms` : ""}</span>
    </li>
  );
}

/** Each trace with the way down it that explains it, and how long each part of it took. */
export function Traces({ traces, lit }: { traces: TraceContent[]; lit: Lit }) {
  return (
    <ol className="trace">
      {traces.map((trace, number) => (
        <li key={trace.trace_id} className={lit.under(["traces", number]) ? "trace-lit" : undefined}>
          <StatusIndicator type={trace.failed ? "error" : "success"}>{trace.failed || "answered"}</StatusIndicator>{" "}
          {clock(trace.at)}, {Math.round(trace.took_ms)} ms <span className="code quiet">{trace.trace_id}</span>
          <ol className="stages" aria-label={`Way down ${trace.trace_id}`}>
            {trace.path.map((stage, depth) => (
              <StageRow
                // The stages of a path never change places.
                // oxlint-disable-next-line react/no-array-index-key
                key={depth}
                stage={stage}
                depth={depth}
                longest={trace.took_ms}
                isLit={lit.under(["traces", number, "path", depth])}
              />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}
