import Button from "@cloudscape-design/components/button";
import { answered, api } from "../api/client";
import { useSending } from "../live/useSending";
import { clock } from "../logic/words";
import { OVER } from "../parts/badges";
import { Problem } from "../parts/Problem";
import { useMay } from "../shell/SessionContext";
import type { IncidentView } from "./useIncident";

/** Who took it on, and since when. */
export function Owner({ incident }: { incident: IncidentView }) {
  const taken = incident.acknowledgement;
  if (!taken) return <>nobody</>;
  return (
    <>
      {taken.acknowledged_by} <span className="quiet">since {clock(taken.acknowledged_at)}</span>
    </>
  );
}

/** Takes it on: the paging stops, and others see whose it is. */
export function TakeOn({ incident, onChanged }: { incident: IncidentView; onChanged: () => void }) {
  const may = useMay("responder");
  const { sending, error, send } = useSending();
  const isOver = OVER.has(incident.status) && incident.status !== "escalated" && incident.status !== "failed";
  if (!may || isOver || incident.acknowledgement) return <Problem error={error} />;
  const take = () =>
    send(async () => {
      const path = { incident_id: incident.incident_id };
      try {
        await answered(api().POST("/incidents/{incident_id}/acknowledge", { params: { path } }));
      } finally {
        // Somebody else may have been faster: then it is shown whose it is.
        onChanged();
      }
    });
  return (
    <>
      <Button variant="primary" loading={sending} onClick={() => void take()}>
        Take it on
      </Button>
      <Problem error={error} />
    </>
  );
}
