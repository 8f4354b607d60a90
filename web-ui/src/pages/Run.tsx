import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Steps from "@cloudscape-design/components/steps";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { callLine, clock, moment, sentence } from "../logic/words";
import { Fresh } from "../parts/Fresh";
import { Problem } from "../parts/Problem";
import type { PageProps } from "../shell/pages";
import { Consent } from "./Consent";
import { RunState } from "./Runs";
import { AnswerView } from "./Turn";

type View = Schemas["RunView"];
type Step = Schemas["RunStep"];

function detailsOf(step: Step) {
  return (
    <SpaceBetween size="xxs">
      {step.detail ? <p className="text">{step.detail}</p> : null}
      {step.planned.map((call) => {
        const line = callLine({ name: `${call.server}.${call.tool}`, parameters: call.arguments ?? {} });
        return (
          <div key={line} className="code">
            {line}
          </div>
        );
      })}
      {step.observation?.message ? <p className="text">{step.observation.message}</p> : null}
    </SpaceBetween>
  );
}

function statusOf(step: Step) {
  const seen = step.observation?.status;
  return seen === undefined || seen === "ok" ? ("success" as const) : ("warning" as const);
}

function Delivered({ run }: { run: View }) {
  const made = run.delivered;
  if (!made) return null;
  return (
    <p className="text">
      <b>{sentence(made.outcome)}</b> {made.reason}{" "}
      {made.incident_id ? <Link href={`#/incidents/${made.incident_id}`}>{made.incident_id}</Link> : made.ticket_id}
    </p>
  );
}

/** One goal: its plan, its steps, what waits for consent, and the report. */
export default function Run({ subject }: PageProps) {
  const [run, setRun] = useState<View>();
  const polling = usePolling(subject, async (signal) => {
    const found = await answered(api().GET("/runs/{run_id}", { params: { path: { run_id: subject } }, signal }));
    setRun(found as View);
    return found.status === "running" || found.status === "created";
  });
  if (!run) return polling.error ? <Problem error={polling.error} onRetry={polling.refresh} /> : <Spinner size="large" />;
  return (
    <SpaceBetween size="l">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Container
        header={
          <Header variant="h1" info={<Fresh polling={polling} />} description={`${run.run_id}, ${run.asked_by}, ${moment(run.created_at)}`}>
            {run.goal}
          </Header>
        }
      >
        <SpaceBetween size="s">
          <RunState status={run.status} />
          {run.reading ? (
            <p className="text quiet">
              Read as: {run.reading.intent} of {run.reading.subjects.join(", ") || "everything"}, {run.reading.window}
            </p>
          ) : null}
          {run.error ? <p className="text">{run.error}</p> : null}
          <Delivered run={run} />
        </SpaceBetween>
      </Container>
      {run.status === "needs_approval" ? <Consent run={run} onDecided={polling.refresh} /> : null}
      {run.answer ? (
        <Container header={<Header variant="h2">Answer</Header>}>
          <AnswerView answer={run.answer} />
        </Container>
      ) : null}
      <Container header={<Header variant="h2" counter={`(${run.items.length})`}>Steps</Header>}>
        <Steps
          steps={run.items.map((step) => ({
            status: statusOf(step),
            statusIconAriaLabel: sentence(step.phase),
            header: `${clock(step.at)} ${step.title || sentence(step.phase)}`,
            details: detailsOf(step),
          }))}
        />
      </Container>
    </SpaceBetween>
  );
}
