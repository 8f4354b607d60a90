import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { type ComparisonContent, Differences } from "../evidence/Differences";
import { useSending } from "../live/useSending";
import { UNLIT } from "../logic/spans";
import { moment } from "../logic/words";
import { Problem } from "../parts/Problem";

/** A failed execution beside the last good one before it; asked for, as it reads two histories. */
export function Beside({ pipeline, execution }: { pipeline: string; execution: string }) {
  const [found, setFound] = useState<Schemas["ExecutionCompared"]>();
  const { sending, error, send } = useSending();
  const compare = () =>
    send(async () => {
      const path = { pipeline_id: pipeline, execution_id: execution };
      setFound(await answered(api().GET("/pipelines/{pipeline_id}/executions/{execution_id}/comparison", { params: { path } })));
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={found ? `The good one began ${moment(found.good_started_at)}.` : "What was different the last time it went well?"}
          actions={
            <Button loading={sending} onClick={() => void compare()}>
              Compare
            </Button>
          }
        >
          Beside the last good one
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        {found ? <Differences content={found as unknown as ComparisonContent} lit={UNLIT} /> : null}
      </SpaceBetween>
    </Container>
  );
}
