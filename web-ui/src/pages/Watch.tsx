import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { ApiError } from "../api/problem";
import { usePolling } from "../live/usePolling";
import { useSending } from "../live/useSending";
import { moment, words } from "../logic/words";
import { gapLines, Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";
import { SeverityBadge } from "../parts/badges";
import { useMay } from "../shell/SessionContext";

type Found = Schemas["WatchRecord"];

function fateOf(record: Found, component: string) {
  const fate = record.fates.find((one) => one.component === component);
  if (!fate) return null;
  return (
    <span className="quiet">
      {words(fate.outcome)} {fate.incident_id ? <Link href={`#/incidents/${fate.incident_id}`}>{fate.incident_id}</Link> : null}{" "}
      {fate.reason}
    </span>
  );
}

/** What the last round of watching found; another one may be asked for. */
export function Watch() {
  const may = useMay("responder");
  const [found, setFound] = useState<Found | null>();
  const { sending, error, send } = useSending();
  const polling = usePolling("watch", async (signal) => {
    try {
      const newest = await answered(api().GET("/watch", { signal }));
      const isNew = newest.run_id !== found?.run_id;
      setFound(newest);
      return isNew;
    } catch (failed) {
      if (!(failed instanceof ApiError) || failed.status !== 404) throw failed;
      setFound(null);
      return false;
    }
  });
  const look = () =>
    send(async () => {
      await answered(api().POST("/watch", { body: { device: null }, params: { header: once(newKey()) } }));
      polling.refresh();
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={found ? `${moment(found.at)}, ${found.tool_calls} tool calls` : ""}
          actions={
            may ? (
              <Button loading={sending} onClick={() => void look()}>
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
        <Problem error={error ?? polling.error} />
        {found === null ? <Box>No round was made yet; the schedule makes one every 15 minutes.</Box> : null}
        {found ? (
          <>
            <p className="text">{found.report.summary}</p>
            <ul>
              {found.report.findings.map((one) => (
                <li key={`${one.component} ${one.claim.text}`}>
                  <SeverityBadge severity={one.severity} /> <b>{one.component}</b> {one.claim.text} {fateOf(found, one.component)}
                </li>
              ))}
            </ul>
            <Lines
              title="Quiet"
              lines={found.report.checked.map((one) => `${words(one.kind)}: ${one.quiet} of ${one.looked_at}`)}
            />
            <Lines title="What could not be seen" lines={gapLines(found.report.gaps)} />
          </>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
