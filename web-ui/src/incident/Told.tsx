import SpaceBetween from "@cloudscape-design/components/space-between";
import { Alarms } from "./Alarms";
import { Messages } from "./Messages";

/** What this incident heard, and whom it told. */
export default function Told({ incidentId }: { incidentId: string }) {
  return (
    <SpaceBetween size="l">
      <Alarms incidentId={incidentId} />
      <Messages incidentId={incidentId} />
    </SpaceBetween>
  );
}
