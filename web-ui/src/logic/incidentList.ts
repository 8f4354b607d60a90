// The incidents that are loaded so far, newest first, and which of them are asked for.

import type { Schemas } from "../api/client";
import { words } from "./words";

export type Incident = Schemas["IncidentSummary"];
export type Status = Schemas["Status"];
export type Severity = Schemas["Severity"];

export interface Wanted {
  text: string;
  severity: Severity | "";
  /** One status, or whether it goes on at all. */
  status: Status | "going_on" | "over" | "";
}

const MOST_TEXT = 200;

/** Reads what is wanted from an address; what means nothing is as if it were not there. */
export function wantedIn(query: URLSearchParams, statuses: readonly Status[], severities: readonly Severity[]): Wanted {
  const status = query.get("status");
  return {
    text: (query.get("text") ?? "").slice(0, MOST_TEXT),
    severity: severities.find((one) => one === query.get("severity")) ?? "",
    status: status === "going_on" || status === "over" ? status : (statuses.find((one) => one === status) ?? ""),
  };
}

/** What the API is asked for it. */
export function queryOf({ text, severity, status }: Wanted) {
  return {
    ...(text.trim() ? { text: text.trim() } : {}),
    ...(severity ? { severity } : {}),
    ...(status === "going_on" || status === "over" ? { over: status === "over" } : status ? { status } : {}),
  };
}

/** Puts a fresh first page over what is kept: what it should hold and does not is gone. */
export function refreshed(kept: Incident[], first: Incident[], isWhole: boolean): Incident[] {
  const last = first.at(-1);
  if (isWhole) return first;
  // A search that found nothing in the newest says nothing of the older ones.
  if (!last) return kept;
  const fresh = new Set(first.map((one) => one.incident_id));
  const older = kept.filter((one) => !fresh.has(one.incident_id) && one.opened_at <= last.opened_at);
  return [...first, ...older];
}

export function appended(kept: Incident[], page: Incident[]): Incident[] {
  const known = new Set(kept.map((one) => one.incident_id));
  return [...kept, ...page.filter((one) => !known.has(one.incident_id))];
}

/** What is to blame, where it is known. */
export function causeIn({ cause = "" }: Incident): string {
  return words(cause);
}
