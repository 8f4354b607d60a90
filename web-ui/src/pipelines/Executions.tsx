import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { between, moment } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import { Rows } from "../parts/Rows";
import { keepInAddress, useRoute } from "../shell/route";
import { ExecutionBadge } from "./ExecutionBadge";

type Listed = Schemas["ListedExecution"];

export function executionHref(pipeline: string, execution: string): string {
  return `#/pipelines/${encodeURIComponent(pipeline)}/executions/${encodeURIComponent(execution)}`;
}

/** The newest executions of a pipeline; each opens as a drawing. */
export function Executions({ id }: { id: string }) {
  const onlyFailed = useRoute().query.get("executions") === "failed";
  const found = useLoaded(`executions ${id} ${onlyFailed}`, () => {
    const query = onlyFailed ? { status: "FAILED" as const } : {};
    return answered(api().GET("/pipelines/{pipeline_id}/executions", { params: { path: { pipeline_id: id }, query } }));
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Each opens as a drawing of the way it took."
          actions={
            <SegmentedControl
              label="Which executions"
              selectedId={onlyFailed ? "failed" : "all"}
              options={[
                { id: "all", text: "All" },
                { id: "failed", text: "Failed" },
              ]}
              onChange={({ detail }) => keepInAddress({ executions: detail.selectedId === "failed" ? "failed" : undefined })}
            />
          }
        >
          Executions
        </Header>
      }
    >
      <Loaded state={found}>
        {({ items, note }) => (
          <SpaceBetween size="s">
            <Rows<Listed>
              name="Executions"
              items={items}
              trackBy="execution_id"
              empty={onlyFailed ? "None failed." : "It was never run, or AWS has forgotten it."}
              columns={[
                {
                  id: "name",
                  header: "Execution",
                  cell: (one) => <Link href={executionHref(id, one.execution_id)}>{one.execution_id}</Link>,
                },
                { id: "status", header: "Status", minWidth: 130, cell: (one) => <ExecutionBadge status={one.status} /> },
                { id: "began", header: "Began", minWidth: 180, cell: (one) => moment(one.started_at) },
                {
                  id: "took",
                  header: "Took",
                  cell: (one) => (one.stopped_at ? between(one.started_at, one.stopped_at) : "-"),
                },
              ]}
            />
            {note ? <Box color="text-body-secondary">{note}</Box> : null}
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}
