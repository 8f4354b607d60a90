import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { between, clock } from "../logic/words";
import { Json } from "../parts/Json";
import type { Visit } from "./useIncident";

interface Properties {
  state: string | undefined;
  comment: string;
  visits: Visit[];
  /** The numbers of those visits that ended by a failure. */
  caught: ReadonlySet<number>;
}

function failureOf(visit: Visit, caught: ReadonlySet<number>): string | null {
  if (visit.error) return visit.error;
  if (!caught.has(visit.number)) return null;
  const told = [visit.output?.error, visit.output?.cause].filter(Boolean).map(String).join(": ");
  return told || "It failed, and the workflow went on where failures lead.";
}

function headOf(visit: Visit): string {
  const stayed = visit.exited_at ? between(visit.entered_at, visit.exited_at) : "not left";
  return `${clock(visit.entered_at)} UTC, ${stayed}`;
}

/** What a state was given and gave, each time it was visited. */
export function VisitDetails({ state, comment, visits, caught }: Properties) {
  if (!state) return null;
  return (
    <section aria-label={`State ${state}`}>
      <SpaceBetween size="s">
        <Box variant="h3">{state}</Box>
        {comment ? <Box color="text-body-secondary">{comment}</Box> : null}
        {visits.length ? null : <Box>It was not reached.</Box>}
        {visits.toReversed().map((visit, number) => (
          <ExpandableSection
            key={visit.number}
            defaultExpanded={number === 0}
            headerText={headOf(visit)}
          >
            <SpaceBetween size="xs">
              {failureOf(visit, caught) ? (
                <Box color="text-status-error">
                  <p className="text">{failureOf(visit, caught)}</p>
                </Box>
              ) : null}
              <b>Input</b>
              <Json value={visit.input} label={`Input of ${state}`} />
              {visit.output ? (
                <>
                  <b>Output</b>
                  <Json value={visit.output} label={`Output of ${state}`} />
                </>
              ) : (
                <Box color="text-body-secondary">There is no output yet, or it ended here.</Box>
              )}
            </SpaceBetween>
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </section>
  );
}
