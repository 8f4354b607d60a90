import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense, useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { excursionInWords, silenceInWords, silences } from "../logic/telemetry";
import { moment } from "../logic/words";
import { Fresh } from "../parts/Fresh";
import { Lines } from "../parts/Lines";
import { Loaded } from "../parts/Loaded";
import type { PageProps } from "../shell/pages";
import { keepInAddress, useRoute } from "../shell/route";

const TelemetryChart = lazy(() => import("./TelemetryChart"));

type Telemetry = Schemas["DeviceTelemetry"];

const SPANS = [
  { id: "3", text: "3 hours" },
  { id: "12", text: "12 hours" },
  { id: "48", text: "2 days" },
  { id: "168", text: "A week" },
];
const USUAL = "12";

/** Changes with what is shown, and not with the time at which it was asked for. */
function standOf(telemetry: Telemetry): string {
  return telemetry.series.map(({ quantity, latest_at }) => `${quantity} ${latest_at}`).join();
}

function latestOf(telemetry: Telemetry, quantity: string): string {
  const found = telemetry.series.find((one) => one.quantity === quantity);
  return found ? `${found.latest.toFixed(1)} °C, ${moment(found.latest_at)}` : "not reported";
}

function Told({ telemetry }: { telemetry: Telemetry }) {
  const quiet = silences(telemetry);
  return (
    <SpaceBetween size="m">
      <Suspense fallback={<Spinner size="large" />}>
        <TelemetryChart telemetry={telemetry} />
      </Suspense>
      <Lines title="Excursions" lines={telemetry.excursions.map(excursionInWords)} />
      <Lines title="Silence" lines={quiet.map((one) => silenceInWords(one, telemetry.until))} />
      {telemetry.excursions.length || quiet.length ? null : <Box>No excursion and no silence in this time.</Box>}
      {telemetry.note ? <Box color="text-body-secondary">{telemetry.note}</Box> : null}
    </SpaceBetween>
  );
}

/** One device: what it measured, where its cargo left the limits, when it was silent. */
export default function Device({ subject }: PageProps) {
  const id = decodeURIComponent(subject);
  const wanted = useRoute().query.get("hours") ?? USUAL;
  const hours = SPANS.some((one) => one.id === wanted) ? wanted : USUAL;
  const [telemetry, setTelemetry] = useState<Telemetry>();
  const polling = usePolling(`${id} ${hours}`, async (signal) => {
    const params = { path: { device_id: id }, query: { hours_back: Number(hours) } };
    // The client widens pairs; it is the same telemetry.
    const found = (await answered(api().GET("/fleet/{device_id}/telemetry", { params, signal }))) as Telemetry;
    setTelemetry(found);
    return telemetry === undefined || standOf(found) !== standOf(telemetry);
  });
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        info={<Fresh polling={polling} />}
        description={<Link href="#/fleet">All devices</Link>}
        actions={
          <SegmentedControl
            label="How far back"
            selectedId={hours}
            options={SPANS}
            onChange={({ detail }) => keepInAddress({ hours: detail.selectedId === USUAL ? undefined : detail.selectedId })}
          />
        }
      >
        {id}
      </Header>
      <Loaded state={{ value: telemetry, error: polling.error, reload: polling.refresh }}>
        {(shown) => (
          <SpaceBetween size="l">
            <Container>
              <KeyValuePairs
                columns={3}
                minColumnWidth={160}
                items={[
                  { label: "Cargo", value: shown.product_class || "not named" },
                  { label: "Cargo temperature", value: latestOf(shown, "TemperatureCelsius") },
                  { label: "Outside", value: latestOf(shown, "AmbientCelsius") },
                ]}
              />
            </Container>
            <Container header={<Header variant="h2">What it measured</Header>}>
              <Told telemetry={shown} />
            </Container>
          </SpaceBetween>
        )}
      </Loaded>
    </SpaceBetween>
  );
}
