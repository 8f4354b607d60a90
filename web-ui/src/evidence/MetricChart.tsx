import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useRef, useState } from "react";
import type uPlot from "uplot";
import { summaryOf } from "../logic/series";
import { clock } from "../logic/words";
import { basis, colour, level, shade, usePlot } from "./plot";
import { Records } from "./Records";
import "./evidence.css";

export type Points = [string, number][];

interface Properties {
  title: string;
  points: Points;
  window?: { from: string; to: string | null } | undefined;
  threshold?: number | undefined;
  /** The places of measurements that are cited. */
  cited?: number[];
}

const NONE: number[] = [];

/** A ring around each measurement that is cited. */
function ring(plot: uPlot, points: Points, cited: number[]): void {
  plot.ctx.save();
  plot.ctx.strokeStyle = colour("--ink");
  plot.ctx.lineWidth = 2 * devicePixelRatio;
  for (const number of cited) {
    const [at, value] = points[number] ?? ["", 0];
    plot.ctx.beginPath();
    const [x, y] = [plot.valToPos(Date.parse(at) / 1000, "x", true), plot.valToPos(value, "y", true)];
    plot.ctx.arc(x, y, 6 * devicePixelRatio, 0, 2 * Math.PI);
    plot.ctx.stroke();
  }
  plot.ctx.restore();
}

function optionsOf({ title, points, window, threshold, cited = NONE }: Properties, width: number): uPlot.Options {
  const { time, ...common } = basis(width);
  const stretch = window && ([Date.parse(window.from) / 1000, window.to ? Date.parse(window.to) / 1000 : null] as [number, number | null]);
  return {
    ...common,
    scales: {
      y: { range: (_, low, high) => [Math.min(0, low), Math.max(high, threshold ?? high) * 1.08 || 1] },
    },
    series: [time, { label: title, stroke: colour("--accent"), width: 2, points: { show: false } }],
    hooks: {
      drawClear: [(plot) => stretch && shade(plot, stretch, "--bad")],
      draw: [(plot) => level(plot, threshold), (plot) => ring(plot, points, cited)],
    },
  };
}

/** The chart itself; it goes and comes with the box that it is drawn into. */
function Drawn({ told, ...properties }: Properties & { told: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { points, title, window, threshold, cited } = properties;
  const about = JSON.stringify([title, points.length, points[0], points.at(-1), window, threshold, cited]);
  usePlot(box, about, (width) => [
    optionsOf(properties, width),
    [points.map(([at]) => Date.parse(at) / 1000), points.map(([, value]) => value)],
  ]);
  return <div ref={box} className="chart" role="img" aria-label={told} />;
}

/** A metric over time, the window of the incident shaded; told in a sentence, and as a table. */
export function MetricChart(properties: Properties) {
  const { points, title, threshold, cited = NONE } = properties;
  const [asTable, setAsTable] = useState(false);
  const told = summaryOf(title, points, properties.window?.from);
  const ringed = cited.map((number) => `${points[number]?.[1]} at ${clock(points[number]?.[0] ?? "")}`).join(", ");
  return (
    <SpaceBetween size="s">
      <p className="text">
        {told}
        {threshold === undefined ? "" : ` The alarm's threshold is ${threshold}.`}
        {ringed ? ` Cited, with a ring: ${ringed}.` : ""}
      </p>
      {asTable ? (
        <Records name={title} records={points.map(([at, value]) => ({ at, value }))} />
      ) : (
        <Drawn {...properties} told={told} />
      )}
      <Toggle checked={asTable} onChange={({ detail }) => setAsTable(detail.checked)}>
        As a table
      </Toggle>
    </SpaceBetween>
  );
}
