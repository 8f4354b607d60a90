import Button from "@cloudscape-design/components/button";
import { answered, api } from "../api/client";
import { useSending } from "../live/useSending";
import { clock } from "../logic/words";
import { OVER } from "../parts/badges";
import { useMay } from "../shell/SessionContext";
import type { IncidentView } from "./useIncident";

/** Who took it on; taking it on stops the paging. */
export function Owner({ incident, onChanged }: { incident: IncidentView; onChanged: () => void }) {
  const may = useMay("responder");
  const { sending, error, send } = useSending();
  const taken = incident.acknowledgement;
  if (taken) {
    return (
      <>
        {taken.acknowledged_by} <span className="quiet">since {clock(taken.acknowledged_at)}</span>
      </>
    );
  }
  if (!may || (OVER.has(incident.status) && incident.status !== "escalated")) return <>nobody</>;
  const take = () =>
    send(async () => {
      const path = { incident_id: incident.incident_id };
      await answered(api().POST("/incidents/{incident_id}/acknowledge", { params: { path } }));
      onChanged();
    });
  return (
    <>
      nobody{" "}
      <Button variant="inline-link" loading={sending} onClick={() => void take()}>
        Take it on
      </Button>
      {error ? <div role="alert">{error.message}</div> : null}
    </>
  );
}
