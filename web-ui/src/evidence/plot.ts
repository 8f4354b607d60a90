// What every chart has in common: colours of the page, UTC, bands and levels, and its life in a page.

import { type RefObject, useEffect, useRef } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock } from "../logic/words";

export const HEIGHT = 260;

export function colour(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

/** Shades a stretch of time over the whole height; without an end it goes on to the right. */
export function shade(plot: uPlot, [begin, end]: [number, number | null], name: string, alpha = 0.14): void {
  const { left, top, width, height } = plot.bbox;
  const from = Math.max(left, plot.valToPos(begin, "x", true));
  const to = end === null ? left + width : Math.min(left + width, plot.valToPos(end, "x", true));
  if (to <= from) return;
  plot.ctx.save();
  plot.ctx.globalAlpha = alpha;
  plot.ctx.fillStyle = colour(name);
  plot.ctx.fillRect(from, top, to - from, height);
  plot.ctx.restore();
}

/** Draws a dashed line at a value, such as a threshold. */
export function level(plot: uPlot, value: number | null | undefined): void {
  if (value === undefined || value === null) return;
  const { left, width } = plot.bbox;
  const at = plot.valToPos(value, "y", true);
  plot.ctx.save();
  plot.ctx.strokeStyle = colour("--warn");
  plot.ctx.setLineDash([6, 5]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(left, at);
  plot.ctx.lineTo(left + width, at);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** The time of day; at midnight the day that begins. */
function tickOf(at: number): string {
  const iso = new Date(at * 1000).toISOString();
  return at % 86_400 ? iso.slice(11, 16) : iso.slice(5, 10);
}

/** Axes, size and the series of time, all in UTC. */
export function basis(width: number): Pick<uPlot.Options, "width" | "height" | "tzDate" | "axes"> & { time: uPlot.Series } {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 0.5 }, ticks: { stroke: colour("--line") } };
  return {
    width,
    height: HEIGHT,
    // All times are UTC here; uPlot asks for a date that shows its local parts.
    tzDate: (seconds) => new Date(seconds * 1000 + new Date().getTimezoneOffset() * 60_000),
    axes: [{ ...axis, values: (_, ticks) => ticks.map(tickOf) }, axis],
    time: { label: "UTC", value: (_, at) => (at === null ? "-" : clock(new Date(at * 1000).toISOString())) },
  };
}

type Made = [uPlot.Options, uPlot.AlignedData];

/** Draws into the box as long as it is there, anew when `about` changes, the size, or the light. */
export function usePlot(box: RefObject<HTMLDivElement | null>, about: string, make: (width: number) => Made): void {
  const latest = useRef(make);
  useEffect(() => {
    latest.current = make;
  });
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    let plot: uPlot | undefined;
    let gone = false;
    const draw = async () => {
      const { default: Plot } = await import("uplot");
      if (gone) return;
      plot?.destroy();
      plot = new Plot(...latest.current(place.clientWidth || 300), place);
    };
    void draw();
    const resized = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: HEIGHT }));
    resized.observe(place);
    const recoloured = new MutationObserver(() => void draw());
    recoloured.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    return () => {
      gone = true;
      resized.disconnect();
      recoloured.disconnect();
      plot?.destroy();
    };
  }, [box, about]);
}
