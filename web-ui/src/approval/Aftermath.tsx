import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";

const TYPES: Record<Schemas["Tone"], AlertProps.Type> = { good: "success", open: "info", halted: "warning", bad: "error" };

/** What became of a question that waits no longer: green only where all of it was done. */
export function Aftermath({ approval, children }: { approval: Schemas["ApprovalView"]; children?: ReactNode }) {
  const { aftermath } = approval;
  if (!aftermath) return null;
  return (
    <Alert type={TYPES[aftermath.tone]} header={aftermath.title}>
      {aftermath.why ? <p className="text">{aftermath.why}</p> : null}
      {children}
    </Alert>
  );
}
