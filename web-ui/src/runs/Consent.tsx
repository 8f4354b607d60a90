import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { type Hindrance, hindranceTo } from "../logic/runs";
import { sentence } from "../logic/words";
import { Problem } from "../parts/Problem";
import "../parts/json.css";
import "./stages.css";
import { useMay, useSession } from "../shell/SessionContext";

/** That consent alone does not have it made, and who can change that where. */
function Hindered({ hindrance }: { hindrance: Hindrance }) {
  const may = useMay("admin");
  const switches = <Link href="#/settings?tab=actions">Settings</Link>;
  return (
    <Alert type="warning" header={hindrance.now ? "Consent alone will not have it made" : "Consent alone may not have it made"}>
      {hindrance.now ? (
        <>
          {sentence(hindrance.why)}: nothing leaves while that is so. {may ? "You can turn them on in" : "An administrator turns them on in"}{" "}
          {switches}; consent can wait until then.
        </>
      ) : (
        <>
          When it was asked for, it would have been refused: {hindrance.why}. How the switch of all actions stands by now is told in {switches};
          whether tickets may leave at all is set by whoever deploys ITOps, not from this console.
        </>
      )}
    </Alert>
  );
}

/** What a run would make, exactly; a person says yes or no. */
export function Consent({ run, onDecided }: { run: Schemas["RunView"]; onDecided: () => void }) {
  const may = useMay("approver");
  const switched = useSession()?.actions;
  const [draft, change, discard] = useDraft(`consent.${run.run_id}`, { reason: "" });
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !draft.reason.trim() ? "Say why." : undefined;
  if (!run.draft) return null;
  const hindrance = hindranceTo(run.draft, switched);
  const decide = (approved: boolean) => {
    setAsked(true);
    if (!draft.reason.trim()) return;
    void send(async () => {
      const params = { path: { run_id: run.run_id }, header: once(newKey()) };
      await answered(api().POST("/runs/{run_id}/approve", { params, body: { approved, reason: draft.reason.trim() } }));
      discard();
      onDecided();
    });
  };
  return (
    <Container header={<Header variant="h2">It would make this {sentence(run.draft.kind).toLowerCase()}</Header>}>
      <SpaceBetween size="m">
        {hindrance ? <Hindered hindrance={hindrance} /> : null}
        {run.draft.outlook && !hindrance ? (
          <Alert type="info" header="What would come of consent">
            {run.draft.outlook}
          </Alert>
        ) : null}
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Title", value: <span className="text">{run.draft.title}</span> },
            { label: "For", value: run.draft.service || "-" },
          ]}
        />
        <pre className="json json-whole" tabIndex={0} role="region" aria-label="Its text, exactly">
          {run.draft.body}
        </pre>
        <p className="text quiet code">SHA-256 {run.draft.sha256.slice(0, 16)}…: consent is to these words and no others.</p>
        <Problem error={error} onRetry={onDecided} />
        {may ? (
          <>
            <FormField label="Reason" errorText={missing} stretch>
              <Textarea rows={2} value={draft.reason} onChange={({ detail }) => change({ reason: detail.value })} />
            </FormField>
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                variant="primary"
                loading={sending}
                disabled={hindrance?.now ?? false}
                disabledReason="Nothing would be made while actions are switched off"
                onClick={() => decide(true)}
              >
                Make exactly this
              </Button>
              <Button disabled={sending} onClick={() => decide(false)}>
                Do not make it
              </Button>
            </SpaceBetween>
          </>
        ) : (
          <p className="text">An approver decides.</p>
        )}
      </SpaceBetween>
    </Container>
  );
}
