import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useEffect, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { moment, words } from "../logic/words";
import { Json } from "../parts/Json";
import { Problem } from "../parts/Problem";
import { viewOf } from "../evidence/viewOf";
import type { IncidentView } from "./useIncident";

type Evidence = Schemas["Evidence"];

interface Properties {
  incident: IncidentView;
  evidenceId: string;
  quote: string | undefined;
}

/** One tool's whole answer, shown as what it is, and as it came. */
export default function EvidenceContent({ incident, evidenceId, quote }: Properties) {
  const [evidence, setEvidence] = useState<Evidence>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const path = { incident_id: incident.incident_id, evidence_id: evidenceId };
    answered(api().GET("/incidents/{incident_id}/evidence/{evidence_id}", { params: { path } })).then(
      setEvidence,
      (failed: unknown) => setError(told(failed)),
    );
  }, [incident.incident_id, evidenceId]);
  if (error) return <Problem error={error} />;
  if (!evidence) return <Spinner size="large" />;

  const view = viewOf(evidence, incident, quote);
  const raw = {
    id: "raw",
    label: "As it came",
    content: <Json value={evidence.content} label="The whole answer" quote={quote} />,
  };
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={4}
        minColumnWidth={160}
        items={[
          { label: "Tool", value: `${evidence.server}.${evidence.tool}` },
          { label: "From", value: words(evidence.data_source) },
          { label: "Collected", value: moment(evidence.collected_at) },
          { label: "SHA-256", value: <span className="code">{evidence.sha256.slice(0, 16)}…</span> },
        ]}
      />
      <Tabs
        tabs={[
          ...(view ? [{ id: "view", label: view.title, content: view.content }] : []),
          raw,
          {
            id: "asked",
            label: "What was asked",
            content: <Json value={evidence.arguments} label="Arguments of the call" />,
          },
        ]}
      />
    </SpaceBetween>
  );
}
