import { expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { litIn } from "../logic/spans";
import { citedPoints, viewOf } from "./viewOf";

const incident = { verdict: null, alarm: null, symptom_started_at: null } as unknown as Schemas["IncidentView"];

function titleOf(content: Record<string, unknown>, quote?: string): string {
  return viewOf({ content }, incident, litIn(JSON.stringify(content), undefined, quote)).title;
}

it("shows measurements as a chart and lines as lines, whatever tool they came from", () => {
  expect(titleOf({ points: [["2026-11-20T12:00:00Z", 1], ["2026-11-20T12:01:00Z", 2]] })).toBe("Chart");
  expect(titleOf({ lines: [{ at: "x", message: "m" }] })).toBe("Log lines");
  expect(titleOf({ comparison: { summary: "s", diverges_at: null } })).toBe("Comparison");
  expect(titleOf({ traces: [{ trace_id: "t", path: [] }] })).toBe("Traces");
});

it("shows of several lists the one that is cited", () => {
  const content = { deployments: [{ id: "d" }], stopped_tasks: [{ reason: "OOM" }] };

  expect(titleOf(content)).toBe("Deployments");
  expect(titleOf(content, '"reason":"OOM"')).toBe("Stopped tasks");
});

it("shows every value where what is cited stands outside of every list, or there is none", () => {
  expect(titleOf({ running_count: 3, deployments: [{ id: "d" }] }, '"running_count":3')).toBe("Values");
  expect(titleOf({ entry: { owner: "data-team" } })).toBe("Values");
});

it("marks the measurement that a cited number was read off", () => {
  const points: [string, number][] = [["a", 5], ["b", 7], ["c", 5]];
  const content = { points, summary: { latest: 5, peak: 7 } };
  const at = (quote: string) => citedPoints(points, content, litIn(JSON.stringify(content), undefined, quote));

  expect(at('"latest":5')).toEqual([2]);
  expect(at('["b",7]')).toEqual([1]);
  expect(at('"peak":7')).toEqual([1]);
  expect(at("nothing of it")).toEqual([]);
});
