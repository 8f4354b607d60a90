import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { readingInWords } from "../chat/subject";
import { usePolling } from "../live/usePolling";
import { useSending } from "../live/useSending";
import { stagesOf } from "../logic/runs";
import { moment } from "../logic/words";
import { CaseEvidence } from "../parts/CaseEvidence";
import { Fresh } from "../parts/Fresh";
import { Loaded } from "../parts/Loaded";
import { Problem } from "../parts/Problem";
import type { PageProps } from "../shell/pages";
import { useMay } from "../shell/SessionContext";
import { Consent } from "./Consent";
import { RunReport } from "./RunReport";
import { RunSteps } from "./RunSteps";
import { RunState } from "./RunState";
import { Stages } from "./Stages";

type View = Schemas["RunView"];

const OVER = new Set<View["status"]>(["completed", "failed"]);

/** A run that was made and never begun. */
function Begin({ run, onBegun }: { run: View; onBegun: () => void }) {
  const may = useMay("responder");
  const { sending, error, send } = useSending();
  const begin = () =>
    send(async () => {
      await answered(api().POST("/runs/{run_id}/execute", { params: { path: { run_id: run.run_id } } }));
      onBegun();
    });
  return (
    <SpaceBetween size="s">
      <Problem error={error} />
      {may ? (
        <Button variant="primary" loading={sending} onClick={() => void begin()}>
          Begin
        </Button>
      ) : (
        <Box>A responder begins it.</Box>
      )}
    </SpaceBetween>
  );
}

/** One goal: its plan, its steps as they come, what waits for consent, and the report. */
export default function Run({ subject }: PageProps) {
  const [run, setRun] = useState<View>();
  const polling = usePolling(subject, async (signal) => {
    const found = await answered(api().GET("/runs/{run_id}", { params: { path: { run_id: subject } }, signal }));
    setRun(found as View);
    return OVER.has(found.status) ? "over" : found.status === "running";
  });
  return (
    <Loaded state={{ value: run, error: polling.error, reload: polling.refresh }}>
      {(shown) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h1"
                info={<Fresh polling={polling} over={OVER.has(shown.status)} />}
                description={`${shown.run_id}, ${shown.asked_by}, ${moment(shown.created_at)}`}
              >
                {shown.goal}
              </Header>
            }
          >
            <SpaceBetween size="s">
              <RunState status={shown.status} />
              <Stages stages={stagesOf(shown)} />
              {shown.reading ? <p className="text quiet">{readingInWords(shown.reading)}</p> : null}
              {shown.status === "created" ? <Begin run={shown} onBegun={polling.refresh} /> : null}
            </SpaceBetween>
          </Container>
          {shown.status === "needs_approval" ? <Consent run={shown} onDecided={polling.refresh} /> : null}
          {shown.answer || OVER.has(shown.status) ? <RunReport run={shown} /> : null}
          <Container header={<Header variant="h2" counter={`(${shown.items.length})`}>Steps</Header>}>
            {shown.items.length || shown.status === "running" ? <RunSteps run={shown} /> : <Box>None was taken yet.</Box>}
          </Container>
          <CaseEvidence of={shown.case_id} />
        </SpaceBetween>
      )}
    </Loaded>
  );
}
