import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { brief, clock } from "../logic/words";
import { Marked } from "../parts/Marked";
import "./evidence.css";

export interface TraceContent {
  trace_id: string;
  at: string;
  took_ms: number;
  failed: string;
  path: Record<string, unknown>[];
}

function stage(one: Record<string, unknown>): string {
  const { service, name, operation, took_ms: took, ...rest } = one;
  const told = [service ?? name, operation].filter(Boolean).map(String).join(" ");
  const more = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && value !== false);
  const details = more.map(([key, value]) => `${key} ${brief(value)}`).join(", ");
  return `${told}${took === undefined ? "" : ` ${Math.round(Number(took))} ms`}${details ? ` (${details})` : ""}`;
}

/** Each trace with the way down it that explains it. */
export function Traces({ traces, quote }: { traces: TraceContent[]; quote: string | undefined }) {
  return (
    <ol className="trace">
      {traces.map((trace) => (
        <li key={trace.trace_id}>
          <StatusIndicator type={trace.failed ? "error" : "success"}>{trace.failed || "answered"}</StatusIndicator>{" "}
          {clock(trace.at)}, {Math.round(trace.took_ms)} ms <span className="code quiet">{trace.trace_id}</span>
          <Box padding={{ left: "l" }}>
            {trace.path.map((one, depth) => (
              // The stages of a path never change places.
              // oxlint-disable-next-line react/no-array-index-key
              <div key={depth} style={{ paddingLeft: depth * 16 }} className="code">
                <Marked text={stage(one)} quote={quote} />
              </div>
            ))}
          </Box>
        </li>
      ))}
    </ol>
  );
}
