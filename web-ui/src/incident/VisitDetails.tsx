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
}

/** What a state was given and gave, each time it was visited. */
export function VisitDetails({ state, comment, visits }: Properties) {
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
            headerText={`${clock(visit.entered_at)} UTC${visit.exited_at ? `, ${between(visit.entered_at, visit.exited_at)}` : ", still there"}`}
          >
            <SpaceBetween size="xs">
              {visit.error ? <Box color="text-status-error">{visit.error}</Box> : null}
              <b>Input</b>
              <Json value={visit.input} label={`Input of ${state}`} />
              {visit.output ? (
                <>
                  <b>Output</b>
                  <Json value={visit.output} label={`Output of ${state}`} />
                </>
              ) : null}
            </SpaceBetween>
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </section>
  );
}
