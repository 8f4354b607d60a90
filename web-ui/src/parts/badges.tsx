import Badge, { type BadgeProps } from "@cloudscape-design/components/badge";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { sentence } from "../logic/words";

export type Status = Schemas["Status"];
export type Severity = Schemas["Severity"];

export const STATUSES: Status[] = [
  "open",
  "triaging",
  "investigating",
  "awaiting_approval",
  "remediating",
  "verifying",
  "resolved",
  "escalated",
  "failed",
  "duplicate",
  "closed",
];
export const SEVERITIES: Severity[] = ["critical", "high", "medium", "low"];
export const OVER: ReadonlySet<Status> = new Set(["resolved", "escalated", "failed", "duplicate", "closed"]);

const INDICATORS: Record<Status, StatusIndicatorProps.Type> = {
  open: "pending",
  triaging: "in-progress",
  investigating: "in-progress",
  awaiting_approval: "warning",
  remediating: "in-progress",
  verifying: "in-progress",
  resolved: "success",
  escalated: "warning",
  failed: "error",
  duplicate: "stopped",
  closed: "stopped",
};

const COLOURS: Record<Severity, BadgeProps["color"]> = {
  critical: "severity-critical",
  high: "severity-high",
  medium: "severity-medium",
  low: "severity-low",
};

export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className="one-line">
      <StatusIndicator type={INDICATORS[status]}>{sentence(status)}</StatusIndicator>
    </span>
  );
}

export function SeverityBadge({ severity }: { severity: Severity | null }) {
  if (!severity) return <Badge color="grey">Not known</Badge>;
  return <Badge color={COLOURS[severity]}>{sentence(severity)}</Badge>;
}
