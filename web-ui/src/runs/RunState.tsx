import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { sentence } from "../logic/words";

const INDICATORS: Record<Schemas["RunStatus"], StatusIndicatorProps.Type> = {
  created: "pending",
  running: "in-progress",
  needs_approval: "warning",
  completed: "success",
  failed: "error",
};

const TOLD: Partial<Record<Schemas["RunStatus"], string>> = { needs_approval: "Waits for consent" };

export function RunState({ status }: { status: Schemas["RunStatus"] }) {
  return <StatusIndicator type={INDICATORS[status]}>{TOLD[status] ?? sentence(status)}</StatusIndicator>;
}
