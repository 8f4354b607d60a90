import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense, useEffect, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { dollars, moment, span, words } from "../logic/words";
import { Problem } from "../parts/Problem";
import { saveReport } from "./saveReport";
import type { IncidentView } from "./useIncident";

const Charts = lazy(() => import("../evidence/Charts"));

type Told = Schemas["Report"];

function Facts({ report }: { report: Told }) {
  const { impact, cost } = report;
  return (
    <ul>
      <li>
        Impact: {impact.services.join(", ") || report.service}, since {moment(impact.began_at)}
        {impact.seconds === null ? ", still going on" : `, for ${span(impact.seconds)}`}
      </li>
      {Object.entries(report.phase_seconds).map(([phase, seconds]) => (
        <li key={phase}>
          {words(phase)}: {span(seconds)}
        </li>
      ))}
      <li>
        {cost.steps} steps, {cost.tool_calls} tool calls ({cost.tool_calls_without_answer} without an answer),{" "}
        {dollars(cost.dollars)}
      </li>
      <li>{report.evidence.length} pieces of evidence, each bound by its SHA-256</li>
    </ul>
  );
}

/** The report: what happened, why, what was done, what is left to do. */
export default function Report({ incident }: { incident: IncidentView }) {
  const [report, setReport] = useState<Told>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const path = { incident_id: incident.incident_id };
    answered(api().GET("/incidents/{incident_id}/report", { params: { path } })).then(
      // Asked for without a format, it is the report itself and not a rendering of it.
      (found) => setReport(found as Told),
      (failed: unknown) => setError(told(failed)),
    );
  }, [incident.incident_id, incident.version]);

  const save = async (format: "markdown" | "html" | "json") => {
    try {
      await saveReport(incident.incident_id, format);
    } catch (failed) {
      setError(told(failed));
    }
  };
  if (error) return <Problem error={error} onRetry={() => setError(undefined)} />;
  if (!report) return <Spinner size="large" />;
  return (
    <SpaceBetween size="m">
      <SpaceBetween direction="horizontal" size="xs">
        <Button iconName="download" onClick={() => void save("markdown")}>
          Markdown
        </Button>
        <Button iconName="download" onClick={() => void save("html")}>
          HTML
        </Button>
        <Button iconName="download" onClick={() => void save("json")}>
          JSON
        </Button>
      </SpaceBetween>
      <Box variant="h3">Summary</Box>
      <p className="text">{report.summary}</p>
      <Facts report={report} />
      {report.charts.length ? (
        <Suspense fallback={<Spinner />}>
          <Charts charts={report.charts} window={{ from: report.impact.began_at, to: report.impact.ended_at }} />
        </Suspense>
      ) : null}
      {report.follow_ups.length ? (
        <section>
          <Box variant="h3">Left to do</Box>
          <ul>
            {report.follow_ups.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </section>
      ) : null}
    </SpaceBetween>
  );
}
