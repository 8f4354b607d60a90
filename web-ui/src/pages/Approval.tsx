import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { ApprovalCard } from "../approval/ApprovalCard";
import { EvidencePanel } from "../incident/EvidencePanel";
import { usePolling } from "../live/usePolling";
import { Problem } from "../parts/Problem";
import type { PageProps } from "../shell/pages";

export default function Approval({ subject }: PageProps) {
  const [approval, setApproval] = useState<Schemas["ApprovalView"]>();
  const [incident, setIncident] = useState<Schemas["IncidentView"]>();
  const polling = usePolling(subject, async (signal) => {
    const path = { approval_id: subject };
    const found = await answered(api().GET("/approvals/{approval_id}", { params: { path }, signal }));
    setApproval(found);
    if (!incident) {
      const about = { incident_id: found.incident_id };
      setIncident(await answered(api().GET("/incidents/{incident_id}", { params: { path: about }, signal })));
    }
    return found.status === "pending" && found.version !== approval?.version;
  });
  if (!approval) {
    return polling.error ? <Problem error={polling.error} onRetry={polling.refresh} /> : <Spinner size="large" />;
  }
  return (
    <SpaceBetween size="m">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <h1 className="unseen">Approval {approval.approval_id}</h1>
      <ApprovalCard approval={approval} onDecided={polling.refresh} />
      {incident ? <EvidencePanel incident={incident} /> : null}
    </SpaceBetween>
  );
}
