import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { turnedTold } from "../logic/settings";
import { FormModal } from "../parts/FormModal";
import { useMay } from "../shell/SessionContext";
import { SHELL_STALE } from "../shell/useShell";

type View = Schemas["ActionsView"];

const MEANS = {
  on: "From then on ITOps carries out what the policies allow: by itself what has earned it, the rest once a person approved it. It changes running systems.",
  off: "From its next step on nothing is changed: no action, also none that was approved, and nothing is put back. ITOps goes on looking, reasoning and telling people.",
};

function Turn({ on, onClose, onTurned }: { on: boolean; onClose: () => void; onTurned: (view: View) => void }) {
  const [typed, change, discard] = useDraft("switch", { reason: "" });
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !typed.reason.trim() ? "Say why; it stands in the audit log." : undefined;
  const turn = () => {
    setAsked(true);
    if (!typed.reason.trim()) return;
    void send(async () => {
      const view = await answered(api().POST("/actions/switch", { body: { on, reason: typed.reason.trim() } }));
      discard();
      onTurned(view);
      dispatchEvent(new Event(SHELL_STALE));
    });
  };
  return (
    <FormModal
      header={on ? "Let actions be carried out?" : "Stop every action?"}
      submit={on ? "Turn actions on" : "Turn actions off"}
      sending={sending}
      error={error}
      onSubmit={turn}
      onClose={onClose}
    >
      <Box>{on ? MEANS.on : MEANS.off}</Box>
      <FormField label="Why" errorText={missing} stretch>
        <Textarea
          rows={2}
          value={typed.reason}
          invalid={Boolean(missing)}
          onChange={({ detail }) => change({ reason: detail.value })}
        />
      </FormField>
    </FormModal>
  );
}

/** The switch of all actions: how it stands, since when and why; an administrator turns it. */
export function Switch({ view, onTurned }: { view: View; onTurned: (view: View) => void }) {
  const may = useMay("admin");
  const [turning, setTurning] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            may ? (
              <Button variant={view.enabled ? "normal" : "primary"} onClick={() => setTurning(true)}>
                {view.enabled ? "Turn actions off" : "Turn actions on"}
              </Button>
            ) : undefined
          }
        >
          Are actions carried out?
        </Header>
      }
    >
      <SpaceBetween size="xs">
        <StatusIndicator type={view.enabled ? "success" : "stopped"}>{view.enabled ? "On" : "Off"}</StatusIndicator>
        <p className="text">
          {view.enabled
            ? "What the policies allow is carried out."
            : "ITOps looks, reasons and asks, and changes nothing: no action, also none that was approved."}
        </p>
        <p className="text quiet">{turnedTold(view)}</p>
        {may ? null : <p className="text quiet">An administrator can turn it.</p>}
      </SpaceBetween>
      {turning ? (
        <Turn
          on={!view.enabled}
          onClose={() => setTurning(false)}
          onTurned={(now) => {
            setTurning(false);
            onTurned(now);
          }}
        />
      ) : null}
    </Container>
  );
}
