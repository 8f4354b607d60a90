import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useSending } from "../live/useSending";
import { sentence } from "../logic/words";
import { Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";
import { useMay } from "../shell/SessionContext";

type Discovered = Schemas["DiscoveredPage"];
type Found = Schemas["Found"];

const TITLES: Record<Found["fate"], string> = {
  new: "New",
  updated: "Found otherwise than before",
  kept: "Left as a person wrote them",
  unchanged: "As they are in the catalog",
};

function lineOf({ entry, why }: Found): string {
  const owner = entry.owner ? `, ${entry.owner}` : "";
  return `${entry.entry_id} (${sentence(entry.kind)}${owner})${why ? `: ${why}` : ""}`;
}

/** Pipelines that AWS has and the catalog has not; put in only when somebody says so. */
export function Discover({ onWritten }: { onWritten: () => void }) {
  const mayLook = useMay("responder");
  const mayWrite = useMay("approver");
  const [found, setFound] = useState<Discovered>();
  const { sending, error, send } = useSending();
  const look = (apply: boolean) =>
    send(async () => {
      setFound(await answered(api().POST("/pipelines/discover", { body: { apply } })));
      if (apply) onWritten();
    });
  const waiting = (found?.items ?? []).filter(({ fate }) => fate === "new" || fate === "updated");
  if (!mayLook) return null;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="By resource tags and in CloudFormation stacks. What a person registered stays as it is."
          actions={
            <Button loading={sending} onClick={() => void look(false)}>
              Look for unregistered ones
            </Button>
          }
        >
          Discover
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Problem error={error} />
        {found && !found.items.length ? <Box>AWS has no pipeline with tags or in a stack.</Box> : null}
        {found?.written.length ? <Box>Put into the catalog: {found.written.join(", ")}.</Box> : null}
        {(Object.keys(TITLES) as Found["fate"][]).map((fate) => (
          <Lines
            key={fate}
            title={TITLES[fate]}
            lines={(found?.items ?? [])
              .filter((one) => one.fate === fate && !found?.written.includes(one.entry.entry_id))
              .map(lineOf)}
          />
        ))}
        {mayWrite && waiting.length && !found?.written.length ? (
          <Button variant="primary" loading={sending} onClick={() => void look(true)}>
            Put {waiting.length === 1 ? "it" : `these ${waiting.length}`} into the catalog
          </Button>
        ) : null}
        {!mayWrite && waiting.length ? <Box>An approver puts {waiting.length === 1 ? "it" : "them"} into the catalog.</Box> : null}
      </SpaceBetween>
    </Container>
  );
}
