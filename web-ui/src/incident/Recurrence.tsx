import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import { moment } from "../logic/words";
import { keepInAddress } from "../shell/route";
import type { IncidentView } from "./useIncident";

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

function Named({ ids }: { ids: readonly string[] }) {
  return ids.map((id, number) => (
    <span key={id}>
      {number ? ", " : ""}
      <Link href={`#/incidents/${id}`}>{id}</Link>
    </span>
  ));
}

/** That it was there before: with the same cause, or so far only the same alarm. */
export function Recurrence({ incident }: { incident: IncidentView }) {
  const { recurrence, past, verdict } = incident;
  const remembered = (
    <Link
      href={`#/incidents/${incident.incident_id}?tab=similar`}
      onFollow={(event) => {
        event.preventDefault();
        keepInAddress({ tab: "similar" });
      }}
    >
      What was remembered
    </Link>
  );
  if (recurrence) {
    return (
      <Alert type="warning" header={`This happened ${times(recurrence.count)} before, for the same cause`}>
        <Named ids={recurrence.incident_ids} />
        {recurrence.count > recurrence.incident_ids.length ? " and others" : ""}, since {moment(recurrence.since)}. The
        cause was found again in this incident itself. {remembered}
      </Alert>
    );
  }
  const earlier = past?.earlier ?? [];
  if (verdict || !earlier.length) return null;
  return (
    <Alert type="info" header={`The same alarm opened ${earlier.length === 1 ? "an incident" : `${earlier.length} incidents`} before`}>
      <Named ids={earlier.slice(0, 5).map((one) => one.incident_id)} />. Whether the cause is the same is not known yet.{" "}
      {remembered}
    </Alert>
  );
}
