import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { moment, sentence } from "../logic/words";
import { Problem } from "../parts/Problem";
import { go } from "../shell/route";
import { useMay } from "../shell/SessionContext";

type Run = Schemas["GoalRun"];

const INDICATORS: Record<Schemas["RunStatus"], StatusIndicatorProps.Type> = {
  created: "pending",
  running: "in-progress",
  needs_approval: "warning",
  completed: "success",
  failed: "error",
};

export function RunState({ status }: { status: Schemas["RunStatus"] }) {
  return <StatusIndicator type={INDICATORS[status]}>{sentence(status)}</StatusIndicator>;
}

function NewRun() {
  const [draft, change, discard] = useDraft("goal", { goal: "" });
  const { sending, error, send } = useSending();
  const start = () =>
    send(async () => {
      const made = await answered(api().POST("/runs", { body: { goal: draft.goal.trim() }, params: { header: once(newKey()) } }));
      await answered(api().POST("/runs/{run_id}/execute", { params: { path: { run_id: made.run_id } } }));
      discard();
      go(`/runs/${made.run_id}`);
    });
  return (
    <Container header={<Header variant="h2">A goal</Header>}>
      <SpaceBetween size="m">
        <Problem error={error} />
        <FormField
          label="What should be found out, or made?"
          description="For example: if customer-etl fails more often than last week, open a ticket for its owner."
          stretch
        >
          <Textarea rows={3} value={draft.goal} onChange={({ detail }) => change({ goal: detail.value })} />
        </FormField>
        <Button variant="primary" loading={sending} disabled={!draft.goal.trim()} onClick={() => void start()}>
          Plan and run it
        </Button>
      </SpaceBetween>
    </Container>
  );
}

/** Goals that were set, and what became of them. */
export default function Runs() {
  const may = useMay("responder");
  const [items, setItems] = useState<Run[]>();
  const polling = usePolling("runs", async (signal) => {
    const page = await answered(api().GET("/runs", { params: { query: { limit: 50 } }, signal }));
    setItems(page.items);
    return page.items.some((run) => run.status === "running");
  });
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Set a goal; it is planned, worked on with the agents' tools, and reported.">
        Runs
      </Header>
      <Problem error={polling.error} onRetry={polling.refresh} />
      {may ? <NewRun /> : null}
      <Table<Run>
        items={items ?? []}
        loading={!items && !polling.error}
        trackBy="run_id"
        wrapLines
        ariaLabels={{ tableLabel: "Runs", selectionGroupLabel: "Runs" }}
        header={<Header variant="h2">Earlier runs</Header>}
        empty={<Box textAlign="center">No goal was set yet.</Box>}
        columnDefinitions={[
          {
            id: "goal",
            header: "Goal",
            isRowHeader: true,
            minWidth: 240,
            cell: (one) => <Link href={`#/runs/${one.run_id}`}>{one.goal}</Link>,
          },
          { id: "status", header: "Status", minWidth: 150, cell: (one) => <RunState status={one.status} /> },
          { id: "by", header: "By", cell: (one) => one.asked_by },
          { id: "at", header: "Made", cell: (one) => moment(one.created_at) },
        ]}
      />
    </SpaceBetween>
  );
}
