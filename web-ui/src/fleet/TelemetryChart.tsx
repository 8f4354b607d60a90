import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useRef, useState } from "react";
import type uPlot from "uplot";
import type { Schemas } from "../api/client";
import { basis, colour, level, shade, usePlot } from "../evidence/plot";
import { Records } from "../evidence/Records";
import { aligned, type Band, bandsOf, summaryOf } from "../logic/telemetry";
import "../evidence/evidence.css";
import "./telemetry.css";

type Telemetry = Schemas["DeviceTelemetry"];

const SHADES: Record<Band["kind"], [string, number]> = {
  excursion: ["--bad", 0.2],
  allowed: ["--warn", 0.16],
  silence: ["--quiet", 0.28],
};
const NAMES: Record<string, [string, string]> = {
  TemperatureCelsius: ["Cargo °C", "--accent"],
  AmbientCelsius: ["Outside °C", "--quiet"],
};

function rangeOf(telemetry: Telemetry, low: number, high: number): [number, number] {
  const known = [...telemetry.limits_celsius.filter((one) => one !== null), low, high];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const margin = (most - least || 1) * 0.08;
  return [least - margin, most + margin];
}

function optionsOf(telemetry: Telemetry, width: number): uPlot.Options {
  const { time, ...common } = basis(width);
  const bands = bandsOf(telemetry);
  const [low, high] = telemetry.limits_celsius;
  return {
    ...common,
    scales: {
      x: { range: () => [Date.parse(telemetry.since) / 1000, Date.parse(telemetry.until) / 1000] },
      y: { range: (_, from, to) => rangeOf(telemetry, from, to) },
    },
    series: [
      time,
      ...telemetry.series.map(({ quantity }) => {
        const [label, name] = NAMES[quantity] ?? [quantity, "--good"];
        const dashed = quantity === "TemperatureCelsius" ? {} : { dash: [4, 4] };
        return { label, stroke: colour(name), width: quantity === "TemperatureCelsius" ? 2 : 1.2, points: { show: false }, ...dashed };
      }),
    ],
    hooks: {
      drawClear: [
        (plot) => {
          for (const { kind, from, to } of bands) shade(plot, [Date.parse(from) / 1000, Date.parse(to) / 1000], ...SHADES[kind]);
        },
      ],
      draw: [
        (plot) => {
          level(plot, low);
          level(plot, high);
        },
      ],
    },
  };
}

function Drawn({ telemetry, told }: { telemetry: Telemetry; told: string }) {
  const box = useRef<HTMLDivElement>(null);
  usePlot(box, `${telemetry.device_id} ${telemetry.since} ${telemetry.until}`, (width) => [
    optionsOf(telemetry, width),
    aligned(telemetry) as uPlot.AlignedData,
  ]);
  return <div ref={box} className="chart" role="img" aria-label={told} />;
}

function rowsOf(telemetry: Telemetry): Record<string, unknown>[] {
  const [times, ...values] = aligned(telemetry);
  return times.map((at, number) => ({
    at: new Date(at * 1000).toISOString(),
    ...Object.fromEntries(telemetry.series.map(({ quantity }, place) => [quantity, values[place]?.[number] ?? "silent"])),
  }));
}

/** A device's temperature over time: limits dashed, excursions and silence shaded; told in a sentence, and as a table. */
export default function TelemetryChart({ telemetry }: { telemetry: Telemetry }) {
  const [asTable, setAsTable] = useState(false);
  const told = summaryOf(telemetry);
  return (
    <SpaceBetween size="s">
      <p className="text">{told}</p>
      {telemetry.series.length ? (
        <>
          {asTable ? (
            <Records name={telemetry.device_id} records={rowsOf(telemetry)} />
          ) : (
            <>
              <Drawn telemetry={telemetry} told={told} />
              <ul className="legend" aria-label="What is shaded">
                <li className="legend-excursion">Excursion</li>
                <li className="legend-allowed">Outside, within the allowance</li>
                <li className="legend-silence">Silent</li>
                <li className="legend-limit">Limit</li>
              </ul>
            </>
          )}
          <Toggle checked={asTable} onChange={({ detail }) => setAsTable(detail.checked)}>
            As a table
          </Toggle>
        </>
      ) : null}
    </SpaceBetween>
  );
}
