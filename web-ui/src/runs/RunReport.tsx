import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense } from "react";
import { answered, api, type Schemas } from "../api/client";
import { Answer } from "../chat/Answer";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { between, moment, sentence } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import { Problem } from "../parts/Problem";
import { Made } from "./Made";
import { saveRunReport } from "./saveRunReport";

const Charts = lazy(() => import("../evidence/Charts"));

type View = Schemas["RunView"];
type Told = Schemas["RunReport"];

function Facts({ report }: { report: Told }) {
  const closed = report.closed_at ? `over ${moment(report.closed_at)}, after ${between(report.created_at, report.closed_at)}` : "not over yet";
  return (
    <section>
      <Box variant="h3">About this run</Box>
      <ul>
        <li>
          Asked by {report.asked_by} {moment(report.created_at)}, {closed}
        </li>
        <li>
          Planned {report.rounds === 1 ? "once" : `${report.rounds} times`}, {report.steps.length} steps, {report.evidence.length}{" "}
          pieces of evidence, each bound by its SHA-256
        </li>
        {report.decision ? (
          <li>
            {report.decision.decided_by} {report.decision.approved ? "consented" : "denied it"}: {report.decision.reason}
          </li>
        ) : null}
      </ul>
    </section>
  );
}

/** What a run came to: its answer, what was measured, what was made. */
export function RunReport({ run }: { run: View }) {
  const found = useLoaded(`${run.run_id} ${run.version}`, async () => {
    const path = { run_id: run.run_id };
    // Asked for without a format, it is the report itself and not a rendering of it.
    return (await answered(api().GET("/runs/{run_id}/report", { params: { path } }))) as Told;
  });
  const { sending, error, send } = useSending();
  const save = (format: "markdown" | "html" | "json") => void send(() => saveRunReport(run.run_id, format));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {(["markdown", "html", "json"] as const).map((format) => (
                <Button key={format} iconName="download" disabled={sending} onClick={() => save(format)}>
                  {format === "markdown" ? "Markdown" : format.toUpperCase()}
                </Button>
              ))}
            </SpaceBetween>
          }
        >
          {run.closed_at ? "Report" : "Report so far"}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        {run.answer ? <Answer answer={run.answer} of={run.case_id} /> : null}
        {run.error ? <p className="text">{sentence(run.error)}</p> : null}
        <Made run={run} />
        <Loaded state={found}>
          {(report) => (
            <SpaceBetween size="m">
              <Facts report={report} />
              {report.charts.length ? (
                <section>
                  <Box variant="h3">What was measured</Box>
                  <Suspense fallback={<Spinner />}>
                    <Charts charts={report.charts} />
                  </Suspense>
                </section>
              ) : null}
            </SpaceBetween>
          )}
        </Loaded>
      </SpaceBetween>
    </Container>
  );
}
