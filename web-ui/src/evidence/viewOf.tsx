// How a tool's answer is shown: by the shape of what it holds, never by the tool's name.

import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import type { Lit, Path } from "../logic/spans";
import { sentence } from "../logic/words";
import { Differences, type ComparisonContent } from "./Differences";
import { LogLines, type LogLine } from "./LogLines";
import { MetricChart, type Points } from "./MetricChart";
import { Records } from "./Records";
import { Values } from "./Values";
import { Traces, type TraceContent } from "./Traces";

type Evidence = Schemas["EvidenceView"];
type Incident = Schemas["IncidentView"];
/** What evidence belongs to: an incident, or a question or goal, of which less is known. */
export type Case = Pick<Incident, "incident_id"> &
  Partial<Pick<Incident, "verdict" | "symptom_started_at" | "closed_at" | "alarm">>;
type Content = Record<string, unknown>;

interface View {
  title: string;
  content: ReactNode;
  /** The parts of the answer that it shows; what is cited elsewhere is told beside it. */
  shows: Path[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function records(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

function isPoints(value: unknown): value is Points {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((one) => Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "number")
  );
}

function windowOf(incident: Case): { from: string; to: string | null } | undefined {
  const from = incident.verdict?.began_at ?? incident.symptom_started_at;
  return from ? { from, to: incident.closed_at ?? null } : undefined;
}

/** The measurements that are cited: themselves, or by a number that was read off them. */
export function citedPoints(points: Points, content: Content, lit: Lit): number[] {
  const own = points.flatMap((_, number) => (lit.under(["points", number]) ? [number] : []));
  if (own.length) return own;
  const numbers = new Set(lit.values(content).map(({ value }) => value));
  const last = points.findLastIndex(([, value]) => numbers.has(value));
  return last < 0 ? [] : [last];
}

function metricView(content: Content, points: Points, incident: Case, lit: Lit): View {
  const metric = String(content.metric ?? "Value");
  const same = incident.alarm?.metric === metric;
  return {
    title: "Chart",
    shows: [["points"]],
    content: (
      <MetricChart
        title={`${String(content.namespace ?? "")} ${metric}`.trim()}
        points={points}
        window={windowOf(incident)}
        threshold={same ? (incident.alarm?.threshold ?? undefined) : undefined}
        cited={citedPoints(points, content, lit)}
      />
    ),
  };
}

export function viewOf({ content }: Pick<Evidence, "content">, incident: Case, lit: Lit): View {
  if (isPoints(content.points)) return metricView(content, content.points, incident, lit);
  if (records(content.lines) && content.lines.every((line) => typeof line.message === "string")) {
    return {
      title: "Log lines",
      shows: [["lines"]],
      content: <LogLines lines={content.lines as unknown as LogLine[]} lit={lit} />,
    };
  }
  if (isRecord(content.comparison)) {
    return {
      title: "Comparison",
      shows: [["comparison"]],
      content: <Differences content={content as unknown as ComparisonContent} lit={lit} />,
    };
  }
  if (records(content.traces) && content.traces.every((trace) => Array.isArray(trace.path))) {
    return {
      title: "Traces",
      shows: [["traces"]],
      content: <Traces traces={content.traces as unknown as TraceContent[]} lit={lit} />,
    };
  }
  const lists = Object.entries(content).filter(([, value]) => records(value));
  // What is cited may stand in the second list, or in none; then every value is shown.
  const isCited = lit.values(content).length > 0;
  const [name, list] = (isCited ? lists.find(([key]) => lit.under([key])) : lists[0]) ?? [];
  if (!name || !records(list)) return { title: "Values", shows: [[]], content: <Values content={content} lit={lit} /> };
  return {
    title: sentence(name),
    shows: [[name]],
    content: <Records name={name} records={list} lit={lit} path={[name]} />,
  };
}
