import type { Schemas } from "../api/client";
import { useNow } from "../live/useNow";
import { span, sentence } from "../logic/words";
import "./phases.css";

type Phase = Schemas["Phase"];

function secondsOf(phase: Phase, now: number): number {
  const end = phase.ended_at ? Date.parse(phase.ended_at) : now;
  return Math.max(0, (end - Date.parse(phase.started_at)) / 1000);
}

/** How long each phase took; the one that lasts grows. */
export function Phases({ phases }: { phases: Phase[] }) {
  const now = useNow(1_000);
  if (!phases.length) return null;
  return (
    <ol className="phases" aria-label="Phases">
      {phases.map((phase, number) => {
        const seconds = secondsOf(phase, now);
        const lasts = !phase.ended_at;
        return (
          <li
            // A phase may come again in another round.
            // oxlint-disable-next-line react/no-array-index-key
            key={number}
            className={lasts ? "phase phase-lasts" : "phase"}
            style={{ flexGrow: Math.sqrt(seconds) + 1 }}
            {...(lasts ? { "aria-current": "step" as const } : {})}
          >
            <span>{sentence(phase.name)}</span>
            <span className="quiet">{span(seconds)}</span>
          </li>
        );
      })}
    </ol>
  );
}
