import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Stage } from "../logic/runs";
import "./stages.css";

const INDICATORS: Record<Stage["standing"], StatusIndicatorProps.Type> = {
  done: "success",
  now: "in-progress",
  ahead: "pending",
  failed: "error",
};

/** From the goal to the report, side by side: where a run stands. */
export function Stages({ stages }: { stages: Stage[] }) {
  return (
    <ol className="stages" aria-label="How far it has come">
      {stages.map(({ name, standing }) => (
        <li key={name} aria-current={standing === "now" ? "step" : undefined}>
          <StatusIndicator type={INDICATORS[standing]} colorOverride={standing === "ahead" ? "grey" : undefined}>
            {name}
          </StatusIndicator>
        </li>
      ))}
    </ol>
  );
}
