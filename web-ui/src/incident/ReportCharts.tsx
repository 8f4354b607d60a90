import Box from "@cloudscape-design/components/box";
import type { Schemas } from "../api/client";
import { MetricChart } from "../evidence/MetricChart";
import { openEvidence } from "./cite";
import Button from "@cloudscape-design/components/button";

export default function ReportCharts({ report }: { report: Schemas["Report"] }) {
  const window = { from: report.impact.began_at, to: report.impact.ended_at };
  return (
    <>
      {report.charts.map((chart) => (
        <section key={chart.evidence_id}>
          <Box variant="h3">
            {chart.title}{" "}
            <Button variant="inline-link" onClick={() => openEvidence(chart.evidence_id)}>
              {chart.evidence_id}
            </Button>
          </Box>
          <MetricChart title={chart.unit || chart.title} points={chart.points} window={window} />
        </section>
      ))}
    </>
  );
}
