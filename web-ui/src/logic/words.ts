// Times, amounts and identifiers as people read them. All times are UTC.

export function words(identifier: string | null | undefined): string {
  return (identifier ?? "").replaceAll("_", " ");
}

export function sentence(identifier: string | null | undefined): string {
  const told = words(identifier);
  return told.charAt(0).toUpperCase() + told.slice(1);
}

export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

export function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export function clock(iso: string): string {
  return iso.slice(11, 19);
}

export function span(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (whole < 10) return `${whole.toFixed(1)} s`;
  if (whole < 90) return `${Math.round(whole)} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${(whole / 3600).toFixed(1)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

export function between(from: string, to: string): string {
  return span((Date.parse(to) - Date.parse(from)) / 1000);
}

export function ago(iso: string, now: number): string {
  return `${span((now - Date.parse(iso)) / 1000)} ago`;
}

/** Minutes and seconds left, as on a clock; null when it is over. */
export function countDown(until: string, now: number): string | null {
  const left = Math.ceil((Date.parse(until) - now) / 1000);
  if (left <= 0) return null;
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  const seconds = String(left % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "-" : `${Math.round(share * 100)} %`;
}

export function brief(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function dollars(amount: number): string {
  if (amount === 0) return "no model cost";
  return amount < 0.01 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;
}

interface Call {
  name: string;
  parameters?: Record<string, unknown>;
}

export function callLine(call: Call): string {
  const given = Object.entries(call.parameters ?? {}).map(([name, value]) => `${name}=${brief(value)}`);
  return `${call.name}(${given.join(", ")})`;
}

export interface Difference {
  name: string;
  before: unknown;
  after: unknown;
}

export function differences(before: Record<string, unknown> = {}, after: Record<string, unknown> = {}): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ name, before: before[name], after: after[name] }));
}
