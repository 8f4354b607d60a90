import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useRef } from "react";
import { Problem } from "../parts/Problem";
import { keepInAddress, useRoute } from "../shell/route";
import type { PageProps } from "../shell/pages";
import { Decision } from "./Decision";
import { EvidencePanel } from "./EvidencePanel";
import { Outcome } from "./Outcome";
import { Overview } from "./Overview";
import { Recurrence } from "./Recurrence";
import { Timeline } from "./Timeline";
import { useIncident } from "./useIncident";
import { Verdict } from "./Verdict";

const Workflow = lazy(() => import("./Workflow"));
const EvidenceList = lazy(() => import("./EvidenceList"));
const Similar = lazy(() => import("./Similar"));
const Told = lazy(() => import("./Told"));
const Report = lazy(() => import("./Report"));

export default function Incident({ subject }: PageProps) {
  const { query } = useRoute();
  const live = useIncident(subject);
  const { incident, polling } = live;
  const first = useRef<string>(undefined);
  // Chosen once: a page must not jump to another tab while somebody reads it.
  if (incident && first.current === undefined) first.current = incident.verdict ? "cause" : "timeline";
  if (!incident) {
    return polling.error ? <Problem error={polling.error} onRetry={polling.refresh} /> : <Spinner size="large" />;
  }
  const waiting = <Spinner size="large" />;
  return (
    <SpaceBetween size="l">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Overview live={live} incident={incident} />
      <Recurrence incident={incident} />
      <Decision incident={incident} onDecided={polling.refresh} />
      <Tabs
        activeTabId={query.get("tab") ?? first.current ?? "timeline"}
        onChange={({ detail }) => keepInAddress({ tab: detail.activeTabId })}
        ariaLabel="About this incident"
        tabs={[
          { id: "timeline", label: "Timeline", content: <Timeline live={live} /> },
          {
            id: "cause",
            label: "Cause and actions",
            content: (
              <SpaceBetween size="l">
                <Verdict incident={incident} />
                <Outcome incident={incident} />
              </SpaceBetween>
            ),
          },
          {
            id: "workflow",
            label: "Workflow",
            content: (
              <Suspense fallback={waiting}>
                <Workflow incident={incident} />
              </Suspense>
            ),
          },
          {
            id: "evidence",
            label: "Evidence",
            content: (
              <Suspense fallback={waiting}>
                <EvidenceList incident={incident} steps={live.steps.length} />
              </Suspense>
            ),
          },
          {
            id: "told",
            label: "Messages",
            content: (
              <Suspense fallback={waiting}>
                <Told incidentId={incident.incident_id} />
              </Suspense>
            ),
          },
          {
            id: "similar",
            label: "Similar",
            content: (
              <Suspense fallback={waiting}>
                <Similar incident={incident} />
              </Suspense>
            ),
          },
          {
            id: "report",
            label: "Report",
            content: (
              <Suspense fallback={waiting}>
                <Report incident={incident} />
              </Suspense>
            ),
          },
        ]}
      />
      <EvidencePanel incident={incident} />
    </SpaceBetween>
  );
}
