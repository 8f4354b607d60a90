import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { windowTold } from "../logic/maintenance";
import { Listing } from "../parts/Listing";
import { Problem } from "../parts/Problem";
import { useMay } from "../shell/SessionContext";
import { NewWindow } from "./NewWindow";

type Window = Schemas["WindowView"];

const STATES = { over: ["stopped", "Over"], open: ["in-progress", "Open"], ahead: ["pending", "To come"] } as const;

function State({ window }: { window: Window }) {
  const [type, told] = window.is_over ? STATES.over : window.is_open ? STATES.open : STATES.ahead;
  return (
    <span className="one-line">
      <StatusIndicator type={type}>{told}</StatusIndicator>
    </span>
  );
}

/** When alarms are expected: they are noted then, and open no incident. */
export function Maintenance() {
  const may = useMay("responder");
  const [adding, setAdding] = useState(false);
  const found = useLoaded("maintenance", () => answered(api().GET("/maintenance")));
  const { sending, error, send } = useSending();
  const end = (id: string) =>
    send(async () => {
      await answered(api().DELETE("/maintenance/{window_id}", { params: { path: { window_id: id } } }));
      found.reload();
    });
  return (
    <>
      <Problem error={error ?? found.error} onRetry={found.reload} />
      <Listing<Window>
        title="Maintenance windows"
        description="Alarms in a window are noted, and open no incident."
        actions={may ? <Button onClick={() => setAdding(true)}>Add a window</Button> : undefined}
        items={found.value?.items}
        failed={Boolean(found.error)}
        trackBy="window_id"
        empty="None is planned. Add one before work that will set off alarms."
        columns={[
          { id: "reason", header: "What", minWidth: 160, cell: (one) => one.reason },
          { id: "services", header: "Services", cell: (one) => one.services.join(", ") },
          { id: "when", header: "When", minWidth: 200, cell: (one) => windowTold(one, Date.now()) },
          { id: "state", header: "State", minWidth: 110, cell: (one) => <State window={one} /> },
          { id: "by", header: "By", cell: (one) => one.created_by },
          ...(may
            ? [
                {
                  id: "end",
                  header: "End it",
                  cell: (one: Window) =>
                    one.is_over ? (
                      "-"
                    ) : (
                      <Button
                        variant="inline-link"
                        disabled={sending}
                        ariaLabel={`End now: ${one.reason}`}
                        onClick={() => void end(one.window_id)}
                      >
                        End now
                      </Button>
                    ),
                },
              ]
            : []),
        ]}
      />
      {adding ? <NewWindow onClose={() => setAdding(false)} onAdded={found.reload} /> : null}
    </>
  );
}
