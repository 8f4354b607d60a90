import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { callLine, moment, words } from "../logic/words";
import type { IncidentView } from "./useIncident";
import "./remembered.css";

type Hint = Schemas["Hint"];
type Earlier = Schemas["Earlier"];

function addressOf({ kind, source_id: id }: Hint): string {
  return kind === "incident" ? `#/incidents/${id}` : `#/knowledge?article=${encodeURIComponent(id)}`;
}

function EarlierOnes({ earlier }: { earlier: Earlier[] }) {
  if (!earlier.length) return null;
  return (
    <section>
      <Box variant="h3">Opened by the same alarm before</Box>
      <ul>
        {earlier.map((one) => (
          <li key={one.incident_id}>
            <Link href={`#/incidents/${one.incident_id}`}>{one.incident_id}</Link>, {moment(one.opened_at)}:{" "}
            {one.component ? `${one.component}: ${words(one.fault)}` : words(one.outcome)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Hints({ hints }: { hints: Hint[] }) {
  if (!hints.length) return null;
  return (
    <section>
      <Box variant="h3">Recognised from before</Box>
      <ul className="hints">
        {hints.map((hint) => {
          const [cause, fix] = hint.kind === "incident" ? ["Cause then", "What mended it"] : ["Cause", "Fix"];
          return (
            <li key={`${hint.kind} ${hint.source_id}`}>
              <Link href={addressOf(hint)}>{hint.title}</Link>{" "}
              <span className="quiet">
                {hint.source_id}, trusted {hint.trust_percent} %
              </span>
              {hint.cause ? (
                <div>
                  <span className="quiet">{cause}:</span> {hint.cause}
                </div>
              ) : null}
              {hint.fix ? (
                <div>
                  <span className="quiet">{fix}:</span> {hint.fix}
                </div>
              ) : null}
              {hint.shared?.length ? (
                <div>
                  <span className="quiet">In common:</span> {hint.shared.map(words).join(", ")}
                </div>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What was known from before when work began: hints, which prove nothing. */
export function Remembered({ incident }: { incident: IncidentView }) {
  const { past } = incident;
  if (!past) return null;
  const { earlier = [], hints = [], probes = [] } = past;
  if (!earlier.length && !hints.length && !probes.length) return null;
  return (
    <SpaceBetween size="s">
      <Box color="text-body-secondary">
        Taken down at {moment(past.taken_at)}, when work began. It said where to look first; the verdict rests on what was
        seen in this incident alone.
      </Box>
      <EarlierOnes earlier={earlier} />
      <Hints hints={hints} />
      {probes.length ? (
        <ExpandableSection headerText={`Asked first, as it decided it last time (${probes.length})`}>
          <ul>
            {probes.map((call) => {
              const line = callLine({ name: `${call.server}.${call.tool}`, parameters: call.arguments ?? {} });
              return (
                <li key={line} className="code">
                  {line}
                </li>
              );
            })}
          </ul>
        </ExpandableSection>
      ) : null}
    </SpaceBetween>
  );
}
