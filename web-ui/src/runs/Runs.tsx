import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { moment } from "../logic/words";
import { Barred } from "../parts/Barred";
import { Problem } from "../parts/Problem";
import { Rows } from "../parts/Rows";
import { go } from "../shell/route";
import { useMay, useMayNot } from "../shell/SessionContext";
import { RunState } from "./RunState";

type Run = Schemas["GoalRun"];

const EXAMPLES = [
  "Investigate error spikes in the last hour and create a ticket if needed",
  "Database timeouts in the last 5 hours",
  "Which pipelines fail more often than before?",
];

function NewRun() {
  const [draft, keep, discard] = useDraft("goal", { goal: "", key: newKey() });
  // Other words are another goal; the same ones, sent again, make one run.
  const change = (goal: string) => keep({ goal, key: newKey() });
  const { sending, error, send } = useSending();
  const start = () =>
    send(async () => {
      const made = await answered(api().POST("/runs", { body: { goal: draft.goal.trim() }, params: { header: once(draft.key) } }));
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
          description="Name what to look for, where and when; what it would make waits for an approver."
          stretch
        >
          <Textarea rows={3} value={draft.goal} onChange={({ detail }) => change(detail.value)} />
        </FormField>
        {draft.goal ? null : (
          <SpaceBetween direction="horizontal" size="xs">
            {EXAMPLES.map((goal) => (
              <Button key={goal} onClick={() => change(goal)}>
                {goal}
              </Button>
            ))}
          </SpaceBetween>
        )}
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
  const mayNot = useMayNot("responder");
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
      {mayNot ? <Barred task="Setting a goal" needed="responder" /> : null}
      <Rows<Run>
        name="Runs"
        variant="container"
        items={items ?? []}
        loading={!items && !polling.error}
        trackBy="run_id"
        header={<Header variant="h2">Earlier runs</Header>}
        empty="No goal was set yet."
        columns={[
          {
            id: "goal",
            header: "Goal",
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
