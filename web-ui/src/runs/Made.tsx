import Link from "@cloudscape-design/components/link";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { sentence } from "../logic/words";

const INDICATORS: Record<string, StatusIndicatorProps.Type> = { made: "success", refused: "warning", denied: "stopped" };

/** What came of what a run would make. */
export function Made({ run }: { run: Schemas["RunView"] }) {
  const made = run.delivered;
  if (!made) return null;
  return (
    <p className="text">
      <StatusIndicator type={INDICATORS[made.outcome] ?? "info"}>{sentence(made.outcome)}</StatusIndicator> {made.reason}{" "}
      {made.incident_id ? <Link href={`#/incidents/${made.incident_id}`}>{made.incident_id}</Link> : made.ticket_id}
    </p>
  );
}
