import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { moment, sentence } from "../logic/words";
import { Days } from "../parts/Days";
import { Lines } from "../parts/Lines";
import { Loaded } from "../parts/Loaded";
import { Rows } from "../parts/Rows";
import { executionHref, Executions } from "../pipelines/Executions";
import type { PageProps } from "../shell/pages";

type Family = Schemas["FailureGroup"];

function executionOf({ latest_execution: arn }: Family): string {
  return arn.split(":").slice(7).join(":");
}

function Failures({ id }: { id: string }) {
  const found = useLoaded(`failures ${id}`, () =>
    answered(api().GET("/pipelines/{pipeline_id}/failures", { params: { path: { pipeline_id: id }, query: { hours_back: 168 } } })),
  );
  return (
    <Container header={<Header variant="h2">What failed in the last week</Header>}>
      <Loaded state={found}>
        {(failures) => (
          <SpaceBetween size="m">
            <p className="text">
              {failures.failed} {failures.failed === 1 ? "execution" : "executions"} failed{failures.truncated ? ", and there are more" : ""}.
            </p>
            <Rows<Family>
              name="Families of failures"
              items={failures.families}
              trackBy="latest_execution"
              empty="None."
              columns={[
                { id: "state", header: "State", cell: (one) => one.state },
                { id: "error", header: "Error", cell: (one) => one.error },
                { id: "cause", header: "Cause", cell: (one) => <span className="code">{one.template}</span> },
                { id: "count", header: "Times", cell: (one) => one.count },
                {
                  id: "last",
                  header: "Last",
                  minWidth: 180,
                  cell: (one) => <Link href={executionHref(id, executionOf(one))}>{moment(one.last_at)}</Link>,
                },
              ]}
            />
            <Lines title="What could not be seen" lines={failures.gaps} />
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}

function Trend({ id }: { id: string }) {
  const found = useLoaded(`trend ${id}`, () =>
    answered(api().GET("/pipelines/{pipeline_id}/trend", { params: { path: { pipeline_id: id }, query: { days: 14 } } })),
  );
  return (
    <Container header={<Header variant="h2">Trend over two weeks</Header>}>
      <Loaded state={found}>
        {({ trend, days, gaps }) => (
          <SpaceBetween size="m">
            <p className="text">{trend.sentence}</p>
            <Days days={days} />
            <Lines title="What could not be seen" lines={gaps} />
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}

function Entries({ ids }: { ids: string[] }) {
  if (!ids.length) return "-";
  return ids.map((one, number) => (
    <span key={one}>
      {number ? ", " : ""}
      <Link href={`#/pipelines/${encodeURIComponent(one)}`}>{one}</Link>
    </span>
  ));
}

/** One pipeline or service: whose it is, what failed, and whether it becomes worse. */
export default function Pipeline({ subject }: PageProps) {
  const id = decodeURIComponent(subject);
  const found = useLoaded(id, () =>
    answered(api().GET("/pipelines/{pipeline_id}", { params: { path: { pipeline_id: id } } })),
  );
  return (
    <Loaded state={found}>
      {(entry) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h1"
                description={entry.description}
                actions={<Button href={`#/chat?about=${encodeURIComponent(entry.entry_id)}`}>Ask about it</Button>}
              >
                {entry.entry_id}
              </Header>
            }
          >
            <KeyValuePairs
              columns={4}
              minColumnWidth={150}
              items={[
                { label: "Kind", value: sentence(entry.kind) },
                { label: "Owner", value: entry.owner || "-" },
                { label: "Tier", value: entry.tier },
                { label: "Runbook", value: entry.runbook ?? "-" },
                { label: "Depends on", value: <Entries ids={entry.depends_on} /> },
                { label: "State machine", value: <span className="code">{entry.state_machine_arn ?? "-"}</span> },
                { label: "Log groups", value: <span className="code">{entry.log_groups.join(", ") || "-"}</span> },
                { label: "May run twice", value: entry.repeatable === null ? "not known" : entry.repeatable ? "yes" : "no" },
              ]}
            />
          </Container>
          {entry.state_machine_arn ? (
            <SpaceBetween size="l">
              <Failures id={id} />
              <Executions id={id} />
              <Trend id={id} />
            </SpaceBetween>
          ) : null}
        </SpaceBetween>
      )}
    </Loaded>
  );
}
