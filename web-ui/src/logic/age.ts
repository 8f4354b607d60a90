// How old an incident is: until it was closed, else until now. What people were handed is open.

import type { Schemas } from "../api/client";
import { span } from "./words";

type Lived = Pick<Schemas["IncidentSummary"], "status" | "opened_at" | "closed_at">;

const IN_PEOPLES_HANDS: ReadonlySet<Schemas["Status"]> = new Set(["escalated", "failed"]);

/** When it was closed for good; null while somebody still has to do something. */
export function closedAt({ status, closed_at: closed }: Lived): string | null {
  return IN_PEOPLES_HANDS.has(status) ? null : (closed ?? null);
}

/** Its age, and whether it still grows. */
export function ageOf(incident: Lived, now: number): string {
  const closed = closedAt(incident);
  const age = span(((closed ? Date.parse(closed) : now) - Date.parse(incident.opened_at)) / 1000);
  return closed ? `lasted ${age}` : `open for ${age}`;
}
