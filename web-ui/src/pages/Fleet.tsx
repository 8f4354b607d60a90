import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { wasLookedAt, whyNone } from "../logic/fleet";
import { ago, sentence } from "../logic/words";
import { useNow } from "../live/useNow";
import { Briefing } from "../fleet/Briefing";
import { Watch } from "../fleet/Watch";
import { Fresh } from "../parts/Fresh";
import { gapLines, Lines } from "../parts/Lines";
import { Problem } from "../parts/Problem";
import { Rows } from "../parts/Rows";

type Device = Schemas["FleetDevice"];
type View = Schemas["FleetView"];

const INDICATORS: Record<string, StatusIndicatorProps.Type> = {
  in_range: "success",
  out_of_range: "error",
  silent: "warning",
};

function degrees(value: number | null): string {
  return value === null ? "-" : `${value.toFixed(1)} °C`;
}

function limits([low, high]: [number | null, number | null]): string {
  if (low === null) return `up to ${high} °C`;
  return high === null ? `from ${low} °C` : `${low} to ${high} °C`;
}

function excursions(device: Device): string {
  return device.excursions
    .map((one) => `${one.state}: ${one.extreme_celsius.toFixed(1)} °C for ${Math.round(one.minutes)} min`)
    .join("; ");
}

/** Every device with its last readings; what the last round of watching found. */
export default function Fleet() {
  const now = useNow(10_000);
  const [found, setFound] = useState<View>();
  const polling = usePolling("fleet", async (signal) => {
    // The client widens the pair of limits; it is the same view.
    const next = (await answered(api().GET("/fleet", { signal }))) as View;
    setFound(next);
    return !wasLookedAt(next);
  });
  const view = wasLookedAt(found) ? found : undefined;
  return (
    <SpaceBetween size="l">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Rows<Device>
        name="Devices"
        variant="full-page"
        items={view?.devices ?? []}
        loading={!view && !polling.error}
        trackBy="device_id"
        header={
          <Header
            variant="h1"
            counter={view ? `(${view.devices.length})` : ""}
            info={<Fresh polling={view ? polling : { ...polling, updatedAt: undefined }} />}
            description={
              view
                ? Object.entries(view.counts ?? {})
                    .map(([condition, count]) => `${count} ${condition.replaceAll("_", " ")}`)
                    .join(", ")
                : ""
            }
          >
            Fleet
          </Header>
        }
        empty={whyNone(view)}
        columns={[
          {
            id: "device",
            header: "Device",
            cell: (one) => (
              <>
                <Link href={`#/fleet/${encodeURIComponent(one.device_id)}`}>{one.device_id}</Link>
                <div className="quiet">{[one.fleet, one.product_class].filter(Boolean).join(", ")}</div>
              </>
            ),
          },
          {
            id: "condition",
            header: "Condition",
            minWidth: 130,
            cell: (one) => (
              <StatusIndicator type={INDICATORS[one.condition] ?? "info"}>{sentence(one.condition)}</StatusIndicator>
            ),
          },
          {
            id: "temperature",
            header: "Temperature",
            cell: (one) => (
              <>
                {degrees(one.temperature_celsius)}
                {one.limits_celsius ? (
                  <div className="quiet">
                    {limits(one.limits_celsius)} allowed
                  </div>
                ) : null}
              </>
            ),
          },
          {
            id: "door",
            header: "Door",
            cell: (one) => (one.door_open === null ? "-" : one.door_open ? "open" : "closed"),
          },
          {
            id: "report",
            header: "Last report",
            cell: (one) => (one.last_report_at ? ago(one.last_report_at, now) : "never"),
          },
          { id: "excursions", header: "Excursions", cell: (one) => excursions(one) || "none" },
        ]}
      />
      {view ? <Lines title="What could not be seen" lines={gapLines(view.gaps)} /> : null}
      <Watch />
      <Briefing />
    </SpaceBetween>
  );
}
