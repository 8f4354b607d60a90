import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { usePolling } from "../live/usePolling";
import { drawableOf, firstChosen, standingsOf, takenWays } from "../logic/executionGraph";
import { drawingOf } from "../logic/layout";
import { between, moment } from "../logic/words";
import { Fresh } from "../parts/Fresh";
import { Lines } from "../parts/Lines";
import { Loaded } from "../parts/Loaded";
import { StateDrawing } from "../parts/StateDrawing";
import type { PageProps } from "../shell/pages";
import { keepInAddress, useRoute } from "../shell/route";
import { Beside } from "./Beside";
import { ExecutionBadge } from "./ExecutionBadge";
import { Explanation } from "./Explanation";
import { StateDetails } from "./StateDetails";
import "./execution.css";

type Graph = Schemas["ExecutionGraph"];

interface Place {
  pipeline: string;
  execution: string;
}

function Drawn({ graph, pipeline, execution }: { graph: Graph } & Place) {
  const { query } = useRoute();
  const drawing = useMemo(() => drawingOf(drawableOf(graph)), [graph]);
  const first = firstChosen(graph);
  const chosen = query.get("state") ?? first;
  const node = graph.nodes.find(({ name }) => name === chosen);
  return (
    <div className="execution">
      <StateDrawing
        drawing={drawing}
        standings={standingsOf(graph)}
        taken={takenWays(graph)}
        chosen={chosen}
        inSight={first}
        onChoose={(state) => keepInAddress({ state })}
      />
      {node ? <StateDetails key={node.name} pipeline={pipeline} execution={execution} node={node} /> : null}
    </div>
  );
}

function Why({ pipeline, execution }: Place) {
  const path = { pipeline_id: pipeline, execution_id: execution };
  const found = useLoaded(`why ${execution}`, () =>
    answered(api().GET("/pipelines/{pipeline_id}/executions/{execution_id}/explanation", { params: { path } })),
  );
  return (
    <Container header={<Header variant="h2">Why it failed</Header>}>
      <Loaded state={found}>{(told) => <Explanation told={told} />}</Loaded>
    </Container>
  );
}

/** One execution of a pipeline: its state machine with the way it took, and why it failed. */
export default function Execution({ subject }: PageProps) {
  const [pipeline = "", execution = ""] = subject.split("/executions/", 2).map(decodeURIComponent);
  const [graph, setGraph] = useState<Graph>();
  const path = { pipeline_id: pipeline, execution_id: execution };
  const polling = usePolling(subject, async (signal) => {
    const found = await answered(
      api().GET("/pipelines/{pipeline_id}/executions/{execution_id}", { params: { path }, signal }),
    );
    setGraph(found);
    return found.status === "RUNNING" ? true : "over";
  });
  const failed = graph && !["RUNNING", "SUCCEEDED"].includes(graph.status);
  return (
    <Loaded state={{ value: graph, error: polling.error, reload: polling.refresh }}>
      {(shown) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header variant="h1" info={<Fresh polling={polling} over={shown.status !== "RUNNING"} />} description={execution}>
                {shown.state_machine}
              </Header>
            }
          >
            <KeyValuePairs
              columns={4}
              minColumnWidth={150}
              items={[
                { label: "Status", value: <ExecutionBadge status={shown.status} /> },
                {
                  label: "Pipeline",
                  value: <Link href={`#/pipelines/${encodeURIComponent(pipeline)}`}>{pipeline}</Link>,
                },
                { label: "Began", value: moment(shown.started_at) },
                { label: "Took", value: shown.stopped_at ? between(shown.started_at, shown.stopped_at) : "still running" },
              ]}
            />
          </Container>
          {failed ? <Why pipeline={pipeline} execution={execution} /> : null}
          <Container
            header={
              <Header variant="h2" description="Choose a state to see what it was given and gave.">
                The way it took
              </Header>
            }
          >
            <SpaceBetween size="m">
              <Drawn graph={shown} pipeline={pipeline} execution={execution} />
              <Lines title="What could not be seen" lines={[...shown.gaps, ...(shown.truncated ? ["It has more states than are drawn."] : [])]} />
            </SpaceBetween>
          </Container>
          {failed ? <Beside pipeline={pipeline} execution={execution} /> : null}
        </SpaceBetween>
      )}
    </Loaded>
  );
}
