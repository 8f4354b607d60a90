import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Tabs from "@cloudscape-design/components/tabs";
import { useEffect, useMemo, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { AsItCame } from "../evidence/AsItCame";
import { Cited } from "../evidence/Cited";
import { type Case, viewOf } from "../evidence/viewOf";
import { useLoaded } from "../live/useLoaded";
import { litIn } from "../logic/spans";
import { moment, words } from "../logic/words";
import { Json } from "../parts/Json";
import { Loaded } from "../parts/Loaded";

type Evidence = Schemas["EvidenceView"];

interface Properties {
  incident: Case;
  evidenceId: string;
  /** The bytes that are cited, as `from-to`. */
  at: string | undefined;
  /** What is cited, where its place is not known. */
  quote: string | undefined;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reckoned here, over what came: whoever reads it need not take the server's word. */
function Intact({ evidence }: { evidence: Evidence }) {
  const [found, setFound] = useState<string>();
  useEffect(() => {
    sha256(evidence.canonical).then(setFound, () => setFound(undefined));
  }, [evidence.canonical]);
  const told = <span className="code">{evidence.sha256.slice(0, 12)}…</span>;
  if (found === undefined) return told;
  return found === evidence.sha256 ? (
    <StatusIndicator type="success">Unchanged, {told}</StatusIndicator>
  ) : (
    <StatusIndicator type="error">Not what was collected, {told}</StatusIndicator>
  );
}

function Shown({ incident, evidence, at, quote }: Omit<Properties, "evidenceId"> & { evidence: Evidence }) {
  const lit = useMemo(() => litIn(evidence.canonical, at, quote), [evidence.canonical, at, quote]);
  const view = viewOf(evidence, incident, lit);
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={4}
        minColumnWidth={160}
        items={[
          { label: "Tool", value: `${evidence.server}.${evidence.tool}` },
          { label: "From", value: words(evidence.data_source) },
          { label: "Collected", value: moment(evidence.collected_at) },
          { label: "SHA-256", value: <Intact evidence={evidence} /> },
        ]}
      />
      <Cited lit={lit} content={evidence.content} shown={view.shows} />
      <Tabs
        ariaLabel="Ways to look at it"
        tabs={[
          { id: "view", label: view.title, content: view.content },
          { id: "raw", label: "As it came", content: <AsItCame lit={lit} /> },
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

/** One tool's whole answer, shown as what it is, and as it came. */
export default function EvidenceContent({ incident, evidenceId, at, quote }: Properties) {
  const path = { incident_id: incident.incident_id, evidence_id: evidenceId };
  const found = useLoaded(`${incident.incident_id} ${evidenceId}`, () =>
    answered(api().GET("/incidents/{incident_id}/evidence/{evidence_id}", { params: { path } })),
  );
  return (
    <Loaded state={found}>
      {(evidence) => <Shown incident={incident} evidence={evidence} at={at} quote={quote} />}
    </Loaded>
  );
}
