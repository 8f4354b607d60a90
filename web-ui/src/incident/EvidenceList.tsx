import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import { useEffect, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { callLine, clock, words } from "../logic/words";
import { Problem } from "../parts/Problem";
import { openEvidence } from "./cite";
import type { IncidentView } from "./useIncident";

type Head = Schemas["EvidenceHead"];

function citedIn(incident: IncidentView): Set<string> {
  const claims = [...(incident.verdict?.claims ?? []), ...(incident.triage?.claims ?? [])];
  return new Set(claims.flatMap((claim) => claim.citations.map((one) => one.evidence_id)));
}

/** Everything that was looked at; new evidence comes with new steps. */
export default function EvidenceList({ incident, steps }: { incident: IncidentView; steps: number }) {
  const [heads, setHeads] = useState<Head[]>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const path = { incident_id: incident.incident_id };
    answered(api().GET("/incidents/{incident_id}/evidence", { params: { path } })).then(
      (page) => setHeads(page.items),
      (failed: unknown) => setError(told(failed)),
    );
  }, [incident.incident_id, steps]);
  if (error) return <Problem error={error} />;
  if (!heads) return <Spinner size="large" />;
  const cited = citedIn(incident);
  return (
    <Table<Head>
      variant="embedded"
      items={heads}
      trackBy="evidence_id"
      wrapLines
      ariaLabels={{ tableLabel: "Evidence", selectionGroupLabel: "Evidence" }}
      empty={<Box>Nothing was looked at yet.</Box>}
      columnDefinitions={[
        {
          id: "id",
          header: "Evidence",
          isRowHeader: true,
          cell: (one) => (
            <Button variant="inline-link" onClick={() => openEvidence(one.evidence_id)}>
              {one.evidence_id}
            </Button>
          ),
        },
        {
          id: "call",
          header: "Call",
          cell: (one) => (
            <span className="code">{callLine({ name: `${one.server}.${one.tool}`, parameters: one.arguments ?? {} })}</span>
          ),
        },
        { id: "cited", header: "Cited", cell: (one) => (cited.has(one.evidence_id) ? "Yes" : "-") },
        { id: "source", header: "From", cell: (one) => words(one.data_source) },
        { id: "at", header: "At", cell: (one) => clock(one.collected_at) },
      ]}
    />
  );
}
