import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { clock, moment, sentence } from "../logic/words";
import { Problem } from "../parts/Problem";

type Message = Schemas["Notification"];
type Delivery = Schemas["Delivery"];
type State = Schemas["DeliveryState"];

const TOLD: Record<State, { type: StatusIndicatorProps.Type; words: string }> = {
  pending: { type: "in-progress", words: "on its way" },
  held: { type: "pending", words: "waits for the next digest" },
  told: { type: "success", words: "told" },
  folded: { type: "success", words: "told in a digest" },
  skipped: { type: "stopped", words: "nothing to do" },
  given_up: { type: "error", words: "given up" },
};

function detailOf({ state = "pending", attempts = 0, error, told_at: at, next_try_at: next }: Delivery): string {
  const parts = [
    state === "told" && at ? clock(at) : "",
    attempts > 1 ? `${attempts} tries` : "",
    state === "pending" && next ? `next try at ${clock(next)}` : "",
    state === "told" ? "" : (error ?? ""),
  ];
  return parts.filter(Boolean).join(", ");
}

function Deliveries({ deliveries }: { deliveries: Record<string, Delivery> }) {
  return (
    <ul className="plain">
      {Object.entries(deliveries).map(([channel, delivery]) => {
        const { type, words } = TOLD[delivery.state ?? "pending"];
        const detail = detailOf(delivery);
        return (
          <li key={channel}>
            <StatusIndicator type={type}>
              {channel}: {words}
            </StatusIndicator>
            {detail ? <span className="quiet"> ({detail})</span> : null}
          </li>
        );
      })}
    </ul>
  );
}

function standOf(message: Message): string {
  return `${message.notification_id} ${message.version}`;
}

/** Who was told what, and what came of it on each channel. */
export function Messages({ incidentId }: { incidentId: string }) {
  const [items, setItems] = useState<Message[]>();
  const polling = usePolling(`messages ${incidentId}`, async (signal) => {
    const page = await answered(
      api().GET("/notifications", { params: { query: { incident_id: incidentId } }, signal }),
    );
    const isNew = page.items.map(standOf).join() !== items?.map(standOf).join();
    if (isNew) setItems(page.items);
    return isNew;
  });
  return (
    <SpaceBetween size="s">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Table<Message>
        variant="embedded"
        header={<Header variant="h3">Who was told</Header>}
        items={items ?? []}
        loading={!items && !polling.error}
        loadingText="Loading messages"
        trackBy="notification_id"
        wrapLines
        ariaLabels={{ tableLabel: "Messages", selectionGroupLabel: "Messages" }}
        empty={<Box>Nobody was told anything yet.</Box>}
        columnDefinitions={[
          {
            id: "what",
            header: "What",
            isRowHeader: true,
            cell: (one) => (
              <>
                {sentence(one.occasion)}
                <div className="quiet">{one.passages?.[0]?.lines[0] ?? one.title}</div>
              </>
            ),
          },
          { id: "at", header: "At", cell: (one) => moment(one.created_at) },
          { id: "where", header: "Where, and what came of it", cell: (one) => <Deliveries deliveries={one.deliveries ?? {}} /> },
        ]}
      />
    </SpaceBetween>
  );
}
