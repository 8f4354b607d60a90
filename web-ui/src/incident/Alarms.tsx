import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { useSending } from "../live/useSending";
import { moment, words } from "../logic/words";
import { Problem } from "../parts/Problem";

type Link = Schemas["AlarmLink"];
type Page = Schemas["AlarmPage"];

const AT_ONCE = 50;

function count({ alarms = 0, recoveries = 0, ringing = 0 }: Page["count"]): string {
  return `${alarms} went off, ${recoveries} recovered, ${ringing} still ringing`;
}

/** The alarms that were folded into this incident. */
export function Alarms({ incidentId }: { incidentId: string }) {
  const [first, setFirst] = useState<Page>();
  const [older, setOlder] = useState<{ items: Link[]; cursor: string | null }>();
  const { sending, error, send } = useSending();
  const ask = (cursor?: string, signal?: AbortSignal) =>
    answered(
      api().GET("/incidents/{incident_id}/alarms", {
        params: { path: { incident_id: incidentId }, query: { limit: AT_ONCE, ...(cursor ? { cursor } : {}) } },
        ...(signal ? { signal } : {}),
      }),
    );
  const polling = usePolling(`alarms ${incidentId}`, async (signal) => {
    const found = await ask(undefined, signal);
    const isNew = JSON.stringify(found.count) !== JSON.stringify(first?.count);
    if (isNew) setFirst(found);
    return isNew;
  });
  const cursor = older ? older.cursor : (first?.cursor ?? null);
  const more = () =>
    send(async () => {
      const found = await ask(cursor ?? undefined);
      setOlder((was) => ({ items: [...(was?.items ?? []), ...found.items], cursor: found.cursor }));
    });
  return (
    <SpaceBetween size="s">
      <Problem error={polling.error ?? error} onRetry={polling.refresh} />
      <Table<Link>
        variant="embedded"
        header={
          <Header variant="h3" {...(first ? { description: count(first.count) } : {})}>
            Alarms
          </Header>
        }
        items={[...(first?.items ?? []), ...(older?.items ?? [])]}
        loading={!first && !polling.error}
        loadingText="Loading alarms"
        trackBy="message_id"
        wrapLines
        ariaLabels={{ tableLabel: "Alarms", selectionGroupLabel: "Alarms" }}
        empty={<Box>No alarm belongs to it; a person or a program told of it.</Box>}
        columnDefinitions={[
          {
            id: "alarm",
            header: "Alarm",
            isRowHeader: true,
            cell: (one) => (
              <>
                {one.alarm}
                <div className="quiet">
                  {one.service}
                  {one.opened ? ", opened it" : ""}
                </div>
              </>
            ),
          },
          {
            id: "state",
            header: "State",
            cell: (one) => (
              <StatusIndicator type={one.state === "ALARM" ? "error" : one.state === "OK" ? "success" : "pending"}>
                {one.state === "ALARM" ? "Went off" : one.state === "OK" ? "Recovered" : words(one.state)}
              </StatusIndicator>
            ),
          },
          { id: "at", header: "At", cell: (one) => moment(one.changed_at) },
          { id: "why", header: "Why", cell: (one) => one.reason || "-" },
        ]}
      />
      {cursor ? (
        <Button loading={sending} onClick={() => void more()}>
          Show later ones
        </Button>
      ) : null}
    </SpaceBetween>
  );
}
