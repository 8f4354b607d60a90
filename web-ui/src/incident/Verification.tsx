import Box from "@cloudscape-design/components/box";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { sentence, words } from "../logic/words";
import "../parts/beforeAfter.css";

type Measured = Schemas["Verification"];

const INDICATORS: Record<Measured["outcome"], StatusIndicatorProps.Type> = {
  recovered: "success",
  unchanged: "warning",
  worse: "error",
  unknown: "pending",
};

function number(value: number | null): string {
  return value === null ? "-" : String(Math.round(value * 100) / 100);
}

function mark(passed: boolean | null) {
  if (passed === null) return <StatusIndicator type="stopped">Not known</StatusIndicator>;
  return passed ? (
    <StatusIndicator type="success">Passed</StatusIndicator>
  ) : (
    <StatusIndicator type="error">Not passed</StatusIndicator>
  );
}

export function Verification({ measured }: { measured: Measured }) {
  return (
    <section>
      <Box variant="h3">
        Did it help?{" "}
        <StatusIndicator type={INDICATORS[measured.outcome]}>{sentence(measured.outcome)}</StatusIndicator>
      </Box>
      <div className="before-after" tabIndex={0} role="region" aria-label="Measurements">
        <table>
          <thead>
            <tr>
              <th scope="col">Probe</th>
              <th scope="col">Result</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {measured.probes.map((probe) => (
              <tr key={`${probe.subject} ${probe.name}`}>
                <th scope="row">
                  {probe.subject} <span className="quiet">{words(probe.name)}</span>
                </th>
                <td className="one-line">{mark(probe.passed)}</td>
                <td>{number(probe.before)}</td>
                <td>{number(probe.after)}</td>
                <td>{probe.explanation}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
