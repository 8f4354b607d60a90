import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNow } from "../live/useNow";
import { ageOf } from "../logic/age";
import { causeOf } from "../logic/cause";
import { dollars, moment, percent } from "../logic/words";
import { costOf } from "../logic/timeline";
import { Fresh } from "../parts/Fresh";
import { SeverityBadge, StatusBadge } from "../parts/badges";
import { Owner, TakeOn } from "./Owner";
import { ByHand } from "./ByHand";
import { Phases } from "./Phases";
import type { IncidentView, Live } from "./useIncident";

function Age({ incident }: { incident: IncidentView }) {
  const now = useNow(1_000);
  return <>{ageOf(incident, now)}</>;
}

function factsOf(incident: IncidentView, live: Live): KeyValuePairsProps.Item[] {
  const cost = costOf(live.steps);
  const others = incident.affected_services.filter((name) => name !== incident.service);
  return [
    { label: "Status", value: <StatusBadge status={incident.status} /> },
    { label: "Severity", value: <SeverityBadge severity={incident.severity} /> },
    { label: "Age", value: <Age incident={incident} /> },
    { label: "Opened", value: moment(incident.opened_at) },
    {
      label: "Service",
      value: (
        <>
          {incident.service}
          {others.length ? <div className="quiet">also {others.join(", ")}</div> : null}
        </>
      ),
    },
    { label: "Owner", value: <Owner incident={incident} /> },
    { label: "Detected by", value: incident.detected_by || "-" },
    {
      label: "Work so far",
      value: (
        <>
          {cost.steps} steps, {cost.calls} tool calls
          <div className="quiet">{cost.tokens ? `${cost.tokens} tokens, ${dollars(cost.dollars)}` : "no model used"}</div>
        </>
      ),
    },
  ];
}

export function Overview({ live, incident }: { live: Live; incident: IncidentView }) {
  return (
    <Container
      header={
        <Header
          variant="h1"
          description={<span className="code">{incident.incident_id}</span>}
          info={<Fresh polling={live.polling} />}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <ByHand incident={incident} onChanged={live.polling.refresh} />
              <TakeOn incident={incident} onChanged={live.polling.refresh} />
            </SpaceBetween>
          }
        >
          {incident.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {incident.duplicate_of ? (
          <Box variant="p">
            The same as <Link href={`#/incidents/${incident.duplicate_of}`}>{incident.duplicate_of}</Link>, where the
            work goes on.
          </Box>
        ) : null}
        <KeyValuePairs columns={4} minColumnWidth={140} items={factsOf(incident, live)} />
        {incident.verdict ? (
          <Box variant="p">
            <b>Cause</b> {causeOf(incident.verdict)}{" "}
            <span className="quiet">({percent(incident.verdict.confidence)} sure)</span>
            {incident.resolution ? (
              <>
                <br />
                <b>Outcome</b> {incident.resolution}
              </>
            ) : null}
          </Box>
        ) : null}
        <Phases phases={incident.phases} />
        {incident.description ? (
          <ExpandableSection headerText="What was reported" defaultExpanded={!incident.verdict}>
            <p className="text">{incident.description}</p>
          </ExpandableSection>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
