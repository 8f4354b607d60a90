import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { type Acted, type Fate as Told, fateOf } from "../logic/fate";
import { useSession } from "../shell/SessionContext";

const TYPES: Record<Told["kind"], AlertProps.Type> = { good: "success", open: "info", halted: "warning", bad: "error" };

interface Properties {
  approval: Schemas["ApprovalView"];
  incident: Acted | undefined;
  children?: ReactNode;
}

/** What became of a question that waits no longer: green only where all of it was done. */
export function Fate({ approval, incident, children }: Properties) {
  const switched = useSession()?.actions;
  const fate = fateOf(approval, incident, switched?.is_on === false ? switched.reason : null);
  if (!fate) return null;
  return (
    <Alert type={TYPES[fate.kind]} header={fate.title}>
      {fate.why ? <p className="text">{fate.why}</p> : null}
      {children}
    </Alert>
  );
}
