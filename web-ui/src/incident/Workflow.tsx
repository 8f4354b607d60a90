import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useMemo, useState } from "react";
import definition from "../../../statemachine/incident_response.asl.yaml";
import { answered, api } from "../api/client";
import { usePolling } from "../live/usePolling";
import { caughtVisits, drawingOf, standings, takenEdges } from "../logic/layout";
import { Problem } from "../parts/Problem";
import { OVER } from "../parts/badges";
import { StateDrawing } from "../parts/StateDrawing";
import type { IncidentView, Visit } from "./useIncident";
import { VisitDetails } from "./VisitDetails";

const LEGEND = [
  { standing: "current", told: "running now" },
  { standing: "visited", told: "done" },
  { standing: "caught", told: "failed, and went on" },
  { standing: "failed", told: "failed for good" },
  { standing: "untouched", told: "not reached" },
];

/** The workflow as a drawing: where it is now, the way it took, what went in and out. */
export default function Workflow({ incident }: { incident: IncidentView }) {
  const [visits, setVisits] = useState<Visit[]>();
  const [chosen, setChosen] = useState<string>();
  const [withEvery, setWithEvery] = useState(false);
  const running = !OVER.has(incident.status);
  const drawing = useMemo(() => drawingOf(definition), []);
  const polling = usePolling(`states ${incident.incident_id} ${incident.status}`, async (signal) => {
    const path = { incident_id: incident.incident_id };
    const found = await answered(
      api().GET("/incidents/{incident_id}/execution/states", { params: { path }, signal }),
    );
    const isNew = found.items.length !== visits?.length;
    setVisits(found.items);
    return running ? isNew : "over";
  });
  if (!visits) return polling.error ? <Problem error={polling.error} /> : <Spinner />;
  const current = visits.at(-1)?.state;
  const shown = chosen ?? current;
  const caught = new Set([...caughtVisits(visits, drawing.edges)].map((place) => visits[place]?.number ?? 0));
  return (
    <SpaceBetween size="m">
      <Problem error={polling.error} onRetry={polling.refresh} />
      {visits.length ? null : (
        <Box color="text-body-secondary">
          No execution is known: it has not begun, or AWS has forgotten it. The drawing shows what would happen.
        </Box>
      )}
      <div className="workflow-legend">
        <ul className="legend" aria-label="What the colours mean">
          {LEGEND.map(({ standing, told }) => (
            <li key={standing}>
              <span className={`legend-mark legend-${standing}`} aria-hidden="true" /> {told}
            </li>
          ))}
        </ul>
        <Toggle checked={withEvery} onChange={({ detail }) => setWithEvery(detail.checked)}>
          Every way out
        </Toggle>
      </div>
      <div className="workflow">
        <StateDrawing
          drawing={drawing}
          standings={standings(visits, running, drawing.edges)}
          withEvery={withEvery}
          taken={takenEdges(visits)}
          chosen={shown}
          onChoose={setChosen}
        />
        <VisitDetails
          state={shown}
          comment={definition.states.find(({ name }) => name === shown)?.comment ?? ""}
          visits={visits.filter((visit) => visit.state === shown)}
          caught={caught}
        />
      </div>
    </SpaceBetween>
  );
}
