import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { useDraft } from "../live/useDraft";
import { Problem } from "../parts/Problem";
import { OVER } from "../parts/badges";
import { useMay } from "../shell/SessionContext";
import type { IncidentView } from "./useIncident";

/** A person ends an incident; the agents then leave it alone. */
export function ByHand({ incident, onChanged }: { incident: IncidentView; onChanged: () => void }) {
  const may = useMay("responder");
  const [open, setOpen] = useState(false);
  const [draft, change, discard] = useDraft(`resolve.${incident.incident_id}`, { text: "" });
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ApiError>();
  const missing = asked && !draft.text.trim() ? "Say what fixed it." : undefined;
  const isEnded = OVER.has(incident.status) && incident.status !== "escalated" && incident.status !== "failed";
  if (!may || isEnded) return null;

  const send = async () => {
    setAsked(true);
    if (!draft.text.trim()) return;
    try {
      await answered(
        api().POST("/incidents/{incident_id}/resolve", {
          params: { path: { incident_id: incident.incident_id }, header: once(newKey()) },
          body: { resolution: draft.text.trim() },
        }),
      );
      discard();
      setOpen(false);
      onChanged();
    } catch (failed) {
      setError(told(failed));
    }
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Resolve by hand</Button>
      <Modal
        visible={open}
        header="Resolve by hand"
        closeAriaLabel="Close"
        onDismiss={() => setOpen(false)}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={() => setOpen(false)}>
                Cancel
              </Button>
              <Button variant="primary" onClick={() => void send()}>
                Resolve
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="s">
          <Problem error={error} />
          <FormField label="What fixed it?" description="It stands in the report." errorText={missing} stretch>
            <Textarea rows={4} value={draft.text} onChange={({ detail }) => change({ text: detail.value })} />
          </FormField>
        </SpaceBetween>
      </Modal>
    </>
  );
}
