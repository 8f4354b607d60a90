import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useSending } from "../live/useSending";
import { Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";
import { SeverityBadge } from "../parts/badges";
import "./watch.css";

type View = Schemas["BriefingView"];
type Line = Schemas["BriefLine"];

const SPANS = [
  { value: "8", label: "Last 8 hours" },
  { value: "12", label: "Last 12 hours" },
  { value: "24", label: "Last 24 hours" },
  { value: "168", label: "Last week" },
];

function lineOf(one: Line) {
  return (
    <>
      {one.severity ? <SeverityBadge severity={one.severity} /> : null} {one.what}{" "}
      {one.state ? <span className="quiet">{one.state}</span> : null}{" "}
      {one.incident_id ? <Link href={`#/incidents/${one.incident_id}`}>{one.incident_id}</Link> : null}
    </>
  );
}

function Told({ view: { briefing, text } }: { view: View }) {
  return (
    <SpaceBetween size="m">
      <p className="text">
        <b>{briefing.headline}</b>
      </p>
      <Lines title="Waits for a person" lines={briefing.decide.map(lineOf)} />
      <Lines title="Open" lines={briefing.open.map(lineOf)} />
      <Lines title="Found by the watchdog" lines={briefing.found.map(lineOf)} />
      <Lines title="Over since then" lines={briefing.happened.map(lineOf)} />
      <Lines title="Keep an eye on" lines={briefing.watch} />
      <SpaceBetween size="xs">
        <CopyToClipboard
          copyButtonText="Copy as text"
          copySuccessText="Copied"
          copyErrorText="It cannot be copied here; mark it and copy it by hand"
          textToCopy={text}
        />
        <pre className="briefing code" tabIndex={0} role="region" aria-label="The hand-over as text">
          {text}
        </pre>
      </SpaceBetween>
    </SpaceBetween>
  );
}

/** A hand-over for whoever is on call next: composed when it is asked for, to be copied. */
export function Briefing() {
  const [hours, setHours] = useState("8");
  const [view, setView] = useState<View>();
  const { sending, error, send } = useSending();
  const compose = () =>
    send(async () => setView(await answered(api().POST("/briefing", { body: { hours_back: Number(hours) } }))));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What is open, what happened, what waits, what to watch: for whoever is on call next."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Select
                ariaLabel="How far back"
                options={SPANS}
                selectedOption={SPANS.find(({ value }) => value === hours) ?? null}
                onChange={({ detail }) => setHours(detail.selectedOption.value ?? "8")}
              />
              <Button loading={sending} onClick={() => void compose()}>
                Compose
              </Button>
            </SpaceBetween>
          }
        >
          Hand-over
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        {view ? <Told view={view} /> : null}
      </SpaceBetween>
    </Container>
  );
}
