import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import { between, minute } from "../logic/words";
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
    const { count, incident_ids: ids, since } = recurrence;
    const ago = `${minute(since)}, ${between(since, incident.opened_at)} before this one`;
    const mended = (past?.hints ?? []).find((hint) => hint.fix && ids.includes(hint.source_id));
    return (
      <Alert type="warning" header={`This happened ${times(count)} before, for the same cause`}>
        <p className="text">
          <Named ids={ids} />
          {count > ids.length ? " and others" : ""}; {count === 1 ? `it began ${ago}` : `the first began ${ago}`}. The cause was found
          again in this incident itself.
        </p>
        {mended ? (
          <p className="text">
            What mended {mended.source_id}: <span className="code">{mended.fix}</span>
          </p>
        ) : null}
        {remembered}
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
