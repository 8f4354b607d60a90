import Button from "@cloudscape-design/components/button";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { memo, type ReactNode } from "react";
import type { Schemas } from "../api/client";
import type { Entry } from "../logic/timeline";
import { callLine, clock, dollars, percent, sentence, words } from "../logic/words";
import { openEvidence } from "./cite";

const INDICATORS: Record<Schemas["ObservationStatus"], StatusIndicatorProps.Type> = {
  ok: "success",
  error: "error",
  unavailable: "warning",
  refused: "stopped",
};

const TITLES: Record<Entry["kind"], string> = {
  thought: "Thought",
  call: "Tool call",
  answer: "Answer",
  event: "Event",
};

function Thought({ entry }: { entry: Entry & { kind: "thought" } }) {
  const { turn, number, agent, duration_ms: took } = entry.step;
  const tokens = turn.usage.input_tokens + turn.usage.cached_input_tokens + turn.usage.output_tokens;
  return (
    <>
      <p className="text">{turn.thought}</p>
      {turn.beliefs.length ? (
        <p className="text quiet">
          {turn.beliefs
            .slice(0, 3)
            .map((one) => `${words(one.fault)} ${percent(one.probability)}`)
            .join(" · ")}
        </p>
      ) : null}
      <p className="text quiet">
        Step {number}, {words(agent)} agent, {(took / 1000).toFixed(2)} s, {turn.reasoner}
        {tokens ? `, ${tokens} tokens, ${dollars(turn.usage.dollars)}` : ""}
        {turn.degraded ? `, degraded: ${turn.degraded}` : ""}
      </p>
    </>
  );
}

function Call({ entry }: { entry: Entry & { kind: "call" } }) {
  const { call, status, evidence_id: evidence, message, duration_ms: took, data_source: source } = entry.observation;
  return (
    <>
      <div className="entry-line">
        <StatusIndicator type={INDICATORS[status]}>{sentence(status)}</StatusIndicator>
        <span className="code">{callLine({ name: `${call.server}.${call.tool}`, parameters: call.arguments ?? {} })}</span>
      </div>
      {message ? <p className="text">{message}</p> : null}
      <p className="text quiet">
        {took} ms{source ? `, from ${words(source)}` : ""}{" "}
        {evidence ? (
          <Button
            variant="inline-link"
            ariaLabel={`Open evidence ${evidence} of ${call.tool}`}
            onClick={() => openEvidence(evidence)}
          >
            {evidence}
          </Button>
        ) : null}
      </p>
    </>
  );
}

function contentOf(entry: Entry): { title: string; body: ReactNode } {
  switch (entry.kind) {
    case "thought":
      return { title: TITLES.thought, body: <Thought entry={entry} /> };
    case "call":
      return { title: TITLES.call, body: <Call entry={entry} /> };
    case "answer":
      return { title: entry.title, body: <p className="text">{entry.text}</p> };
    case "event":
      return {
        title: sentence(entry.event.kind),
        body: (
          <>
            <p className="text">{entry.event.message}</p>
            <p className="text quiet">{words(entry.event.actor)}</p>
          </>
        ),
      };
  }
}

interface Properties {
  entry: Entry;
  /** Its place among how many; most of them may not be there. */
  place: number;
  of: number;
}

export const EntryItem = memo(function EntryItem({ entry, place, of }: Properties) {
  const { title, body } = contentOf(entry);
  return (
    <li
      className={`entry entry-${entry.kind}`}
      data-row={entry.id}
      data-last={place === of || undefined}
      aria-posinset={place}
      aria-setsize={of}
    >
      <div className="entry-head">
        <time dateTime={entry.at}>{clock(entry.at)}</time>
        <b>{title}</b>
      </div>
      <div className="entry-body">{body}</div>
    </li>
  );
});
