// How a tool's answer is shown: by the shape of what it holds, never by the tool's name.

import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { holds } from "../logic/quotes";
import { sentence } from "../logic/words";
import { Differences, type ComparisonContent } from "./Differences";
import { LogLines, type LogLine } from "./LogLines";
import { MetricChart, type Points } from "./MetricChart";
import { Records } from "./Records";
import { Traces, type TraceContent } from "./Traces";

type Evidence = Schemas["Evidence"];
type Incident = Schemas["IncidentView"];
type Content = Record<string, unknown>;

interface View {
  title: string;
  content: ReactNode;
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

function windowOf(incident: Incident): { from: string; to: string | null } | undefined {
  const from = incident.verdict?.began_at ?? incident.symptom_started_at;
  return from ? { from, to: incident.closed_at } : undefined;
}

function metricView(content: Content, points: Points, incident: Incident): View {
  const metric = String(content.metric ?? "Value");
  const same = incident.alarm?.metric === metric;
  return {
    title: "Chart",
    content: (
      <MetricChart
        title={`${String(content.namespace ?? "")} ${metric}`.trim()}
        points={points}
        window={windowOf(incident)}
        threshold={same ? (incident.alarm?.threshold ?? undefined) : undefined}
      />
    ),
  };
}

export function viewOf({ content }: Evidence, incident: Incident, quote: string | undefined): View | undefined {
  if (isPoints(content.points)) return metricView(content, content.points, incident);
  if (records(content.lines) && content.lines.every((line) => typeof line.message === "string")) {
    return { title: "Log lines", content: <LogLines lines={content.lines as unknown as LogLine[]} quote={quote} /> };
  }
  if (isRecord(content.comparison)) {
    return {
      title: "Comparison",
      content: <Differences content={content as unknown as ComparisonContent} quote={quote} />,
    };
  }
  if (records(content.traces) && content.traces.every((trace) => Array.isArray(trace.path))) {
    return { title: "Traces", content: <Traces traces={content.traces as unknown as TraceContent[]} quote={quote} /> };
  }
  const lists = Object.entries(content).filter(([, value]) => records(value));
  // What is cited may stand in the second list, or in none; then the answer is shown as it came.
  const [name, list] = (quote ? lists.find(([, value]) => holds(JSON.stringify(value, null, 2), quote)) : lists[0]) ?? [];
  if (name && records(list)) return { title: sentence(name), content: <Records name={name} records={list} quote={quote} /> };
  return undefined;
}
