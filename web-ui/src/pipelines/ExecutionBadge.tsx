import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { sentence } from "../logic/words";

const INDICATORS: Record<string, StatusIndicatorProps.Type> = {
  RUNNING: "in-progress",
  SUCCEEDED: "success",
  FAILED: "error",
  TIMED_OUT: "error",
  ABORTED: "stopped",
};

/** How an execution stands, as Step Functions calls it. */
export function ExecutionBadge({ status }: { status: string }) {
  return <StatusIndicator type={INDICATORS[status] ?? "info"}>{sentence(status.toLowerCase())}</StatusIndicator>;
}
