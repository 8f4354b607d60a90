import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { CountDown } from "../approval/CountDown";
import { usePolling } from "../live/usePolling";
import { callLine, moment, sentence } from "../logic/words";
import { Fresh } from "../parts/Fresh";
import { Problem } from "../parts/Problem";
import { SeverityBadge } from "../parts/badges";
import { keepInAddress, useRoute } from "../shell/route";

type Approval = Schemas["ApprovalView"];

const MOST = 100;
const TYPES: Record<Schemas["Tone"], StatusIndicatorProps.Type> = { good: "success", open: "info", halted: "warning", bad: "error" };

function about(approval: Approval) {
  const calls = approval.plan.actions.map(({ action }) => callLine(action));
  const radius = [...new Set(approval.card.actions.flatMap((action) => action.blast_radius))];
  return (
    <SpaceBetween size="xxs">
      {calls.map((call) => (
        <div key={call} className="code">
          {call}
        </div>
      ))}
      <div>Blast radius: {radius.length ? radius.join(", ") : "nothing else"}</div>
      <div className="quiet">{sentence(approval.card.state)}</div>
      <div className="quiet">
        <Link href={`#/incidents/${approval.incident_id}`}>{approval.incident_id}</Link> · asked{" "}
        {moment(approval.created_at)}
      </div>
    </SpaceBetween>
  );
}

export default function Approvals() {
  const { query } = useRoute();
  const all = query.get("show") === "all";
  const [items, setItems] = useState<Approval[]>();
  const polling = usePolling(`approvals ${all}`, async (signal) => {
    const wanted = all ? {} : { status: "pending" as const };
    const page = await answered(api().GET("/approvals", { params: { query: { limit: MOST, ...wanted } }, signal }));
    const stand = (list: Approval[] | undefined) => list?.map((one) => `${one.approval_id} ${one.version} ${one.aftermath?.title}`).toSorted().join();
    const isNew = stand(page.items) !== stand(items);
    // What expires first is decided first; among those that are over the newest stands first.
    if (isNew) setItems(all ? page.items : page.items.toSorted((one, other) => one.expires_at.localeCompare(other.expires_at)));
    return isNew;
  });
  return (
    <SpaceBetween size="m">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Cards<Approval>
        variant="full-page"
        items={items ?? []}
        loading={!items && !polling.error}
        loadingText="Loading approvals"
        trackBy="approval_id"
        cardsPerRow={[{ cards: 1 }, { minWidth: 900, cards: 2 }]}
        ariaLabels={{ selectionGroupLabel: "Approvals", itemSelectionLabel: (_, one) => one.approval_id }}
        header={
          <Header variant="h1" counter={items ? `(${items.length})` : ""} info={<Fresh polling={polling} />}>
            Approvals
          </Header>
        }
        filter={
          <SegmentedControl
            label="Which approvals"
            selectedId={all ? "all" : "pending"}
            options={[
              { id: "pending", text: "Waiting" },
              { id: "all", text: "All" },
            ]}
            onChange={({ detail }) => keepInAddress({ show: detail.selectedId === "all" ? "all" : undefined })}
          />
        }
        empty={<Box textAlign="center">{all ? "Nothing was asked yet." : "Nothing waits for a decision."}</Box>}
        cardDefinition={{
          header: (one) => (
            <Link href={`#/approvals/${one.approval_id}`} fontSize="heading-s">
              {one.card.title}
            </Link>
          ),
          sections: [
            {
              id: "state",
              content: (one) => (
                <SpaceBetween direction="horizontal" size="s" alignItems="center">
                  <SeverityBadge severity={one.severity} />
                  {one.aftermath ? (
                    <StatusIndicator type={TYPES[one.aftermath.tone]}>{one.aftermath.title}</StatusIndicator>
                  ) : (
                    <CountDown until={one.card.expires_at} />
                  )}
                </SpaceBetween>
              ),
            },
            { id: "about", content: about },
          ],
        }}
      />
    </SpaceBetween>
  );
}
