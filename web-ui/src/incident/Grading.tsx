import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { useDraft } from "../live/useDraft";
import { Problem } from "../parts/Problem";
import { OVER } from "../parts/badges";
import { useNarrow } from "../shell/appearance";
import { useMay } from "../shell/SessionContext";
import type { IncidentView } from "./useIncident";

type Mark = Schemas["Mark"];

const MARKS: { id: Mark; text: string }[] = [
  { id: "right", text: "Right" },
  { id: "partly", text: "Partly right" },
  { id: "barely", text: "Barely right" },
  { id: "wrong", text: "Wrong" },
];

const QUESTION = "How right was this verdict?";

/** A person's word on the verdict; what was learned is trusted accordingly. */
export function Grading({ incident }: { incident: IncidentView }) {
  const may = useMay("responder");
  const narrow = useNarrow();
  const [draft, change, discard] = useDraft(`grade.${incident.incident_id}`, { mark: "", was: "" });
  const [given, setGiven] = useState(incident.grade);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<ApiError>();
  const grade = incident.grade ?? given;
  if (grade) {
    return (
      <p className="text quiet">
        {grade.graded_by} thinks this verdict is {MARKS.find(({ id }) => id === grade.mark)?.text.toLowerCase()}.
        {grade.cause_was ? ` It was: ${grade.cause_was}` : ""}
      </p>
    );
  }
  if (!may || !OVER.has(incident.status)) return null;

  const send = async () => {
    setSending(true);
    setError(undefined);
    try {
      const graded = await answered(
        api().POST("/incidents/{incident_id}/grade", {
          params: { path: { incident_id: incident.incident_id }, header: once(newKey()) },
          body: { cause: draft.mark as Mark, cause_was: draft.was.trim() },
        }),
      );
      discard();
      setGiven(graded.grade);
    } catch (failed) {
      setError(told(failed));
    }
    setSending(false);
  };
  return (
    <SpaceBetween size="s">
      {/* On a phone the choice brings its label along. */}
      <FormField label={narrow ? undefined : QUESTION} description="What was learned from it is trusted accordingly.">
        <SegmentedControl
          label={QUESTION}
          selectedId={draft.mark || null}
          options={MARKS}
          onChange={({ detail }) => change({ mark: detail.selectedId })}
        />
      </FormField>
      {draft.mark && draft.mark !== "right" ? (
        <FormField label="What was it?" stretch>
          <Input value={draft.was} onChange={({ detail }) => change({ was: detail.value })} />
        </FormField>
      ) : null}
      <Problem error={error} />
      {draft.mark ? (
        <Button loading={sending} onClick={() => void send()}>
          Send the grade
        </Button>
      ) : null}
    </SpaceBetween>
  );
}
