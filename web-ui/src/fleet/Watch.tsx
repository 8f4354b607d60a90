import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { ApiError } from "../api/problem";
import { usePolling } from "../live/usePolling";
import { useSending } from "../live/useSending";
import { bySeverity, checkedInWords, type Told } from "../logic/watch";
import { dollars, moment, sentence, span } from "../logic/words";
import { gapLines, Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";
import { SeverityBadge } from "../parts/badges";
import { useMay } from "../shell/SessionContext";
import "./watch.css";

type Found = Schemas["WatchRecord"];

function Fate({ told: { fate, outcome } }: { told: Told }) {
  if (!fate) return null;
  return (
    <p className="text quiet">
      {outcome}
      {fate.incident_id ? (
        <>
          {fate.outcome === "opened" ? " " : ": "}
          <Link href={`#/incidents/${fate.incident_id}`}>{fate.incident_id}</Link>
        </>
      ) : null}
      {fate.reason ? `. ${sentence(fate.reason)}` : ""}
    </p>
  );
}

function FindingTold({ told }: { told: Told }) {
  const { finding } = told;
  const about = [sentence(finding.kind), finding.since ? `since ${moment(finding.since)}` : ""].filter(Boolean).join(", ");
  return (
    <li>
      <b>{finding.component}</b> <span className="quiet">{about}</span>
      <p className="text">{finding.claim.text}</p>
      {finding.more.map((claim) => (
        <p key={claim.text} className="text quiet">
          {claim.text}
        </p>
      ))}
      <Fate told={told} />
    </li>
  );
}

function Report({ found }: { found: Found }) {
  const { report } = found;
  return (
    <SpaceBetween size="m">
      <p className="text">{report.summary}</p>
      {report.findings.length ? null : <StatusIndicator type="success">Nothing was found to be wrong.</StatusIndicator>}
      {bySeverity(found).map(([severity, told]) => (
        <section key={severity} aria-label={`${sentence(severity)} findings`}>
          <Box variant="h3">
            <SeverityBadge severity={severity} /> {told.length} {told.length === 1 ? "finding" : "findings"}
          </Box>
          <ul className="findings">
            {told.map((one) => (
              <FindingTold key={`${one.finding.component} ${one.finding.claim.text}`} told={one} />
            ))}
          </ul>
        </section>
      ))}
      <Lines title="Looked at" lines={report.checked.map(checkedInWords)} />
      {report.gaps.length ? (
        <ExpandableSection headerText={`What could not be seen (${report.gaps.length})`}>
          <Lines title="" lines={gapLines(report.gaps)} />
        </ExpandableSection>
      ) : null}
    </SpaceBetween>
  );
}

function headOf(found: Found): string {
  const by = found.trigger === "schedule" ? "on schedule" : `asked for by ${found.trigger}`;
  return `${moment(found.at)}, ${by}, ${found.tool_calls} tool calls in ${span(found.seconds)}, ${dollars(found.dollars)}`;
}

/** What the last round of watching found; another one may be asked for. */
export function Watch() {
  const may = useMay("responder");
  const [found, setFound] = useState<Found | null>();
  const [asked, setAsked] = useState<string>();
  const { sending, error, send } = useSending();
  const making = asked !== undefined && asked !== found?.run_id;
  const polling = usePolling("watch", async (signal) => {
    try {
      const newest = await answered(api().GET("/watch", { signal }));
      const isNew = newest.run_id !== found?.run_id;
      setFound(newest);
      return isNew || making;
    } catch (failed) {
      if (!(failed instanceof ApiError) || failed.status !== 404) throw failed;
      setFound(null);
      // Nothing is on record yet: that is an answer, and the next one may be another.
      return making;
    }
  });
  const look = () =>
    send(async () => {
      const round = await answered(api().POST("/watch", { body: { device: null }, params: { header: once(newKey()) } }));
      setAsked(round.run_id);
      polling.refresh();
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={found ? headOf(found) : ""}
          actions={
            may ? (
              <Button loading={sending || making} loadingText="A round is being made" onClick={() => void look()}>
                Make a round now
              </Button>
            ) : undefined
          }
        >
          Watchdog
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error ?? polling.error} onRetry={polling.refresh} />
        {found === null ? <Box>No round was made yet; the schedule makes one every 15 minutes.</Box> : null}
        {found ? <Report found={found} /> : null}
      </SpaceBetween>
    </Container>
  );
}
