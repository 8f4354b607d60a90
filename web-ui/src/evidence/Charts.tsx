import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { Schemas } from "../api/client";
import { openEvidence } from "../incident/cite";
import { MetricChart } from "./MetricChart";

interface Properties {
  charts: Schemas["Chart"][];
  /** What is shaded. */
  window?: { from: string; to: string | null };
}

/** What was measured, each chart with the evidence it is drawn from. */
export default function Charts({ charts, window }: Properties) {
  return (
    <>
      {charts.map((chart) => (
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
