import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useEffect, useRef, useState } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { summaryOf } from "../logic/series";
import { clock } from "../logic/words";
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

function colour(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

function shade(plot: uPlot, window: Properties["window"]): void {
  if (!window) return;
  const { left, top, width, height } = plot.bbox;
  const from = Math.max(left, plot.valToPos(Date.parse(window.from) / 1000, "x", true));
  const end = window.to ? plot.valToPos(Date.parse(window.to) / 1000, "x", true) : left + width;
  if (end <= from) return;
  plot.ctx.save();
  plot.ctx.globalAlpha = 0.14;
  plot.ctx.fillStyle = colour("--bad");
  plot.ctx.fillRect(from, top, Math.min(end, left + width) - from, height);
  plot.ctx.restore();
}

function line(plot: uPlot, threshold: number | undefined): void {
  if (threshold === undefined) return;
  const { left, width } = plot.bbox;
  const at = plot.valToPos(threshold, "y", true);
  plot.ctx.save();
  plot.ctx.strokeStyle = colour("--warn");
  plot.ctx.setLineDash([6, 5]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(left, at);
  plot.ctx.lineTo(left + width, at);
  plot.ctx.stroke();
  plot.ctx.restore();
}

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
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 0.5 }, ticks: { stroke: colour("--line") } };
  return {
    width,
    height: 260,
    // All times are UTC here; uPlot asks for a date that shows its local parts.
    tzDate: (seconds) => new Date(seconds * 1000 + new Date().getTimezoneOffset() * 60_000),
    scales: {
      y: { range: (_, low, high) => [Math.min(0, low), Math.max(high, threshold ?? high) * 1.08 || 1] },
    },
    axes: [{ ...axis, values: (_, ticks) => ticks.map((at) => new Date(at * 1000).toISOString().slice(11, 16)) }, axis],
    series: [
      { label: "UTC", value: (_, at) => (at === null ? "-" : clock(new Date(at * 1000).toISOString())) },
      { label: title, stroke: colour("--accent"), width: 2, points: { show: false } },
    ],
    hooks: {
      drawClear: [(plot) => shade(plot, window)],
      draw: [(plot) => line(plot, threshold), (plot) => ring(plot, points, cited)],
    },
  };
}

/** A metric over time, the window of the incident shaded; told in a sentence, and as a table. */
export function MetricChart(properties: Properties) {
  const { points, title, threshold, cited = NONE } = properties;
  const citedKey = cited.join();
  const [from, to] = [properties.window?.from, properties.window?.to ?? null];
  const box = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  const latest = useRef(cited);
  latest.current = cited;
  useEffect(() => {
    const place = box.current;
    if (!place || asTable) return;
    let plot: uPlot | undefined;
    let gone = false;
    const data: uPlot.AlignedData = [points.map(([at]) => Date.parse(at) / 1000), points.map(([, value]) => value)];
    const draw = async () => {
      const { default: Plot } = await import("uplot");
      if (gone) return;
      plot?.destroy();
      plot = new Plot(optionsOf({ title, points, window: from ? { from, to } : undefined, threshold, cited: latest.current }, place.clientWidth || 300), data, place);
    };
    void draw();
    const resized = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: 260 }));
    resized.observe(place);
    const recoloured = new MutationObserver(() => void draw());
    recoloured.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    return () => {
      gone = true;
      resized.disconnect();
      recoloured.disconnect();
      plot?.destroy();
    };
  }, [points, title, from, to, threshold, citedKey, asTable]);

  const told = summaryOf(title, points, from);
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
        <div ref={box} className="chart" role="img" aria-label={told} />
      )}
      <Toggle checked={asTable} onChange={({ detail }) => setAsTable(detail.checked)}>
        As a table
      </Toggle>
    </SpaceBetween>
  );
}
