import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useSending } from "../live/useSending";
import { percent } from "../logic/words";
import { Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";

type Found = Schemas["SharedCausesFound"];

/** What explains several failing pipelines at once; asked for, as it reads many executions. */
export function SharedCauses() {
  const [found, setFound] = useState<Found>();
  const { sending, error, send } = useSending();
  const look = () => send(async () => setFound(await answered(api().GET("/shared-causes"))));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Do several pipelines fail for one reason?"
          actions={
            <Button loading={sending} onClick={() => void look()}>
              Look for a shared cause
            </Button>
          }
        >
          Shared causes
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Problem error={error} />
        {found ? (
          <>
            <p className="text">{found.note || `${found.failing.length} pipelines fail now.`}</p>
            <Lines
              title="Explains several"
              lines={found.causes.map(
                (one) => `${one.component} (${percent(one.confidence)}): ${one.why} Fails: ${one.pipelines.join(", ")}`,
              )}
            />
            <Lines title="What they merely share" lines={found.overlaps.map((one) => `${one.component}: ${one.why}`)} />
            <Lines title="What could not be seen" lines={found.gaps} />
          </>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
