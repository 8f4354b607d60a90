import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { between, clock, sentence } from "../logic/words";
import { valueOf } from "../logic/executionGraph";
import { Json } from "../parts/Json";
import { Loaded } from "../parts/Loaded";

type Visit = Schemas["StateVisit"];
type Node = Schemas["DrawnState"];

interface Properties {
  pipeline: string;
  execution: string;
  node: Node;
}

function headOf(visit: Visit): string {
  const lasted = visit.exited_at ? `, ${between(visit.entered_at, visit.exited_at)}` : "";
  const tries = visit.attempts > 1 ? `, ${visit.attempts} tries` : "";
  const where = visit.where ? ` (${visit.where})` : "";
  return `${sentence(visit.outcome)} at ${clock(visit.entered_at)} UTC${lasted}${tries}${where}`;
}

function VisitTold({ visit, state }: { visit: Visit; state: string }) {
  return (
    <SpaceBetween size="xs">
      {visit.error ? (
        <>
          <Box color="text-status-error" fontWeight="bold">
            {visit.error}
          </Box>
          {visit.cause ? <Json value={valueOf(visit.cause)} label={`Cause of the failure of ${state}`} /> : null}
        </>
      ) : null}
      <b>Input</b>
      <Json value={valueOf(visit.input)} label={`Input of ${state}`} />
      {visit.output ? (
        <>
          <b>Output</b>
          <Json value={valueOf(visit.output)} label={`Output of ${state}`} />
        </>
      ) : null}
    </SpaceBetween>
  );
}

/** What a state was given and gave, each time it was visited; failures first. */
export function StateDetails({ pipeline, execution, node }: Properties) {
  const reached = node.visits > 0;
  const found = useLoaded(`${execution} ${node.name}`, async () => {
    if (!reached) return { visits: [], more_visits: 0 };
    const path = { pipeline_id: pipeline, execution_id: execution };
    const params = { path, query: { state: node.name } };
    return answered(api().GET("/pipelines/{pipeline_id}/executions/{execution_id}/states", { params }));
  });
  return (
    <section aria-label={`State ${node.name}`}>
      <SpaceBetween size="s">
        <Box variant="h3">{node.name}</Box>
        <Box color="text-body-secondary">
          {[node.kind, node.inside ? `in ${node.inside}` : "", node.visits > 1 ? `${node.visits} visits` : ""]
            .filter(Boolean)
            .join(", ")}
        </Box>
        {reached ? (
          <Loaded state={found}>
            {({ visits, more_visits: more }) => (
              <SpaceBetween size="s">
                {visits.map((visit, number) => (
                  // Visits of an execution that is shown never change places.
                  // oxlint-disable-next-line react/no-array-index-key
                  <ExpandableSection key={number} defaultExpanded={number === 0} headerText={headOf(visit)}>
                    <VisitTold visit={visit} state={node.name} />
                  </ExpandableSection>
                ))}
                {more ? <Box color="text-body-secondary">{more} more visits are not shown.</Box> : null}
              </SpaceBetween>
            )}
          </Loaded>
        ) : (
          <Box>It was not reached.</Box>
        )}
      </SpaceBetween>
    </section>
  );
}
