import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { callLine, sentence } from "../logic/words";
import { undoing } from "../logic/undoing";
import { BeforeAfter } from "../parts/BeforeAfter";
import { OVER } from "../parts/badges";
import { HandOff } from "./HandOff";
import type { IncidentView } from "./useIncident";
import { Verification } from "./Verification";

type ActionRecord = Schemas["ActionRecord"];

const INDICATORS: Record<Schemas["ActionStatus"], StatusIndicatorProps.Type> = {
  started: "in-progress",
  done: "success",
  failed: "error",
  refused: "stopped",
  void: "stopped",
  undone: "warning",
};

function Deed({ record }: { record: ActionRecord }) {
  const undo = undoing(record);
  return (
    <section>
      <SpaceBetween size="xs">
        <div>
          <StatusIndicator type={INDICATORS[record.status]}>{sentence(record.status)}</StatusIndicator>{" "}
          <span className="code">{callLine(record.action)}</span>
        </div>
        {record.message ? <p className="text">{record.message}</p> : null}
        <BeforeAfter before={record.before} after={record.after} />
        {undo && record.inverse ? (
          <p className="text quiet">
            {undo} <span className="code">{callLine(record.inverse)}</span>
          </p>
        ) : null}
      </SpaceBetween>
    </section>
  );
}

/** What was done, whether it helped, and the last word. */
export function Outcome({ incident }: { incident: IncidentView }) {
  const last = incident.resolution ?? incident.escalation?.reason;
  const handedOver = incident.escalation && !incident.resolution;
  const finished = OVER.has(incident.status) && incident.status !== "escalated" && incident.status !== "failed";
  if (!incident.actions.length && !incident.verification && !last && finished) return null;
  const title = last ? (handedOver ? "Handed to people" : "Outcome") : "Actions";
  const hasContent = incident.actions.length > 0 || incident.verification || last;
  return (
    <Container
      header={
        <Header variant="h2">{title}</Header>
      }
    >
      <SpaceBetween size="l">
        {last ? <p className="text">{last}</p> : null}
        {handedOver && incident.escalation ? <HandOff pack={incident.escalation.hand_off} /> : null}
        {incident.actions.map((record) => (
          <Deed key={record.action_id} record={record} />
        ))}
        {incident.verification ? <Verification measured={incident.verification} /> : null}
        {hasContent ? null : <Box color="text-body-secondary">Nothing has been done yet.</Box>}
      </SpaceBetween>
    </Container>
  );
}
