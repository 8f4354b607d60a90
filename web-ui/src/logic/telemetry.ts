// What a device measured: where it fell silent, and its excursions in words.

import type { Schemas } from "../api/client";
import { clock, moment, span } from "./words";

type Telemetry = Schemas["DeviceTelemetry"];
type Excursion = Schemas["ExcursionSeen"];

export interface Stretch {
  from: string;
  to: string;
}

export interface Band extends Stretch {
  kind: "excursion" | "allowed" | "silence";
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Where nothing was reported for longer than a device may take; the last one may still go on. */
export function silences(telemetry: Telemetry): Stretch[] {
  const period = telemetry.period_seconds * 1000;
  const longest = telemetry.silent_after_seconds * 1000;
  const told = [...new Set(telemetry.series.flatMap(({ points }) => points.map(([at]) => Date.parse(at as string))))];
  const times = told.toSorted((one, other) => one - other);
  // Before the first report nothing is known: the device may not have been there yet.
  const ends = [...times, Date.parse(telemetry.until)];
  const found: Stretch[] = [];
  for (let number = 1; number < ends.length; number++) {
    const from = (ends[number - 1] ?? 0) + period;
    const to = ends[number] ?? 0;
    if (to - from > longest) found.push({ from: iso(from), to: iso(to) });
  }
  return found;
}

/** What is shaded: excursions, what stayed within the allowance, and silence. */
export function bandsOf(telemetry: Telemetry): Band[] {
  const outside = telemetry.excursions.map((one) => ({
    kind: one.verdict === "excursion" ? ("excursion" as const) : ("allowed" as const),
    from: one.began_at,
    to: one.ended_at ?? (one.state === "ongoing" ? telemetry.until : one.last_outside_at),
  }));
  return [...silences(telemetry).map((one) => ({ kind: "silence" as const, ...one })), ...outside];
}

type Row = (number | null)[];

/** The series on one time axis; where a device was silent there is no value, and so no line. */
export function aligned(telemetry: Telemetry): [number[], ...Row[]] {
  const quiet = silences(telemetry).map(({ from, to }) => (Date.parse(from) + Date.parse(to)) / 2000);
  const measured = telemetry.series.map(
    ({ points }) => new Map(points.map(([at, value]) => [Date.parse(at as string) / 1000, value as number])),
  );
  const times = [...new Set([...measured.flatMap((one) => [...one.keys()]), ...quiet])].toSorted((one, other) => one - other);
  return [times, ...measured.map((one) => times.map((at) => one.get(at) ?? null))];
}

function degrees(value: number): string {
  return `${value.toFixed(1)} °C`;
}

const STATES: Record<string, string> = {
  ongoing: "it is still outside",
  ended: "it is back within",
  unknown: "then it fell silent: nobody knows how it is now",
};

function surroundings(one: Excursion): string {
  const told = [
    one.door_open_minutes ? `the door stood open for ${span(one.door_open_minutes * 60)}` : "",
    one.ambient_celsius === null ? "" : `outside it had ${degrees(one.ambient_celsius)}`,
    one.compressor_percent === null ? "" : `the compressor ran at ${Math.round(one.compressor_percent)} %`,
  ].filter(Boolean);
  return told.length ? ` Meanwhile ${told.join(", ")}.` : "";
}

/** One excursion, for whoever has to decide about the cargo. */
export function excursionInWords(one: Excursion): string {
  const beyond =
    one.verdict === "excursion"
      ? `${span(one.over_minutes * 60)} more than the ${one.allowed_minutes} min that are allowed`
      : `within the ${one.allowed_minutes} min that are allowed`;
  const unseen = one.unobserved_minutes >= 1 ? ` For ${span(one.unobserved_minutes * 60)} of it nothing was reported.` : "";
  return (
    `Since ${moment(one.began_at)} it was ${one.side} ${degrees(one.limit_celsius)} for ${span(one.minutes * 60)}, ` +
    `${beyond}; at worst ${degrees(one.extreme_celsius)}; ${STATES[one.state] ?? one.state}.${unseen}${surroundings(one)}`
  );
}

export function silenceInWords({ from, to }: Stretch, until: string): string {
  const lasted = span((Date.parse(to) - Date.parse(from)) / 1000);
  return Date.parse(to) === Date.parse(until) ? `Silent since ${moment(from)}, for ${lasted} now.` : `Silent from ${moment(from)} to ${clock(to)}, for ${lasted}.`;
}

/** The chart in a sentence. */
export function summaryOf(telemetry: Telemetry): string {
  const cargo = telemetry.series.find(({ quantity }) => quantity === "TemperatureCelsius");
  if (!cargo) return `${telemetry.device_id} reported no temperature in this time.`;
  const [low, high] = telemetry.limits_celsius as (number | null)[];
  const limits =
    low === null && high === null
      ? "No limits are known for its cargo."
      : `Allowed: ${low === null || low === undefined ? `up to ${high}` : high === null || high === undefined ? `from ${low}` : `${low} to ${high}`} °C.`;
  return `${telemetry.device_id}: between ${degrees(cargo.minimum)} and ${degrees(cargo.maximum)}, last ${degrees(cargo.latest)} at ${clock(cargo.latest_at)} UTC. ${limits}`;
}
