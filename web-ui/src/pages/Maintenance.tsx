import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { moment } from "../logic/words";
import { Problem } from "../parts/Problem";
import { useMay } from "../shell/SessionContext";
import { NewWindow } from "./NewWindow";

type Window = Schemas["WindowView"];

function when(one: Window): string {
  const rhythm = one.recurrence ? `${one.recurrence.days.join(", ")} at ${one.recurrence.at}, ${one.recurrence.minutes} min` : "";
  const until = one.ends_at ? ` to ${moment(one.ends_at)}` : "";
  return rhythm || `${moment(one.starts_at)}${until}`;
}

function State({ window }: { window: Window }) {
  if (window.is_over) return <StatusIndicator type="stopped">Over</StatusIndicator>;
  if (window.is_open) return <StatusIndicator type="in-progress">Open</StatusIndicator>;
  return <StatusIndicator type="pending">To come</StatusIndicator>;
}

/** When alarms are expected: they are noted then, and open no incident. */
export function Maintenance() {
  const may = useMay("responder");
  const [adding, setAdding] = useState(false);
  const found = useLoaded("maintenance", () => answered(api().GET("/maintenance")));
  const { error, send } = useSending();
  const end = (id: string) =>
    send(async () => {
      await answered(api().DELETE("/maintenance/{window_id}", { params: { path: { window_id: id } } }));
      found.reload();
    });
  return (
    <>
      <Problem error={error ?? found.error} onRetry={found.reload} />
      <Table<Window>
        items={found.value?.items ?? []}
        loading={!found.value && !found.error}
        trackBy="window_id"
        wrapLines
        ariaLabels={{ tableLabel: "Maintenance windows", selectionGroupLabel: "Windows" }}
        header={
          <Header
            variant="h2"
            description="Alarms in a window are noted, and open no incident."
            actions={may ? <Button onClick={() => setAdding(true)}>Add a window</Button> : undefined}
          >
            Maintenance windows
          </Header>
        }
        empty={<Box textAlign="center">None is planned.</Box>}
        columnDefinitions={[
          { id: "reason", header: "What", isRowHeader: true, cell: (one) => one.reason },
          { id: "services", header: "Services", cell: (one) => one.services.join(", ") },
          { id: "when", header: "When", cell: when },
          { id: "state", header: "State", cell: (one) => <State window={one} /> },
          { id: "by", header: "By", cell: (one) => one.created_by },
          {
            id: "end",
            header: "End it",
            cell: (one) =>
              may && !one.is_over ? (
                <Button variant="inline-link" ariaLabel={`End now: ${one.reason}`} onClick={() => void end(one.window_id)}>
                  End now
                </Button>
              ) : (
                "-"
              ),
          },
        ]}
      />
      <SpaceBetween size="s">
        {adding ? <NewWindow onClose={() => setAdding(false)} onAdded={found.reload} /> : null}
      </SpaceBetween>
    </>
  );
}
