// The incidents that are loaded so far, newest first, and what of them is wanted.

import type { Schemas } from "../api/client";
import { words } from "./words";

export type Incident = Schemas["Incident"];

export interface Wanted {
  text: string;
  severity: string;
}

/** Puts a fresh first page over what is kept: what it should hold and does not is gone. */
export function refreshed(kept: Incident[], first: Incident[], isWhole: boolean): Incident[] {
  const last = first.at(-1);
  if (isWhole || !last) return first;
  const fresh = new Set(first.map((one) => one.incident_id));
  const older = kept.filter((one) => !fresh.has(one.incident_id) && one.opened_at <= last.opened_at);
  return [...first, ...older];
}

export function appended(kept: Incident[], page: Incident[]): Incident[] {
  const known = new Set(kept.map((one) => one.incident_id));
  return [...kept, ...page.filter((one) => !known.has(one.incident_id))];
}

function matches(incident: Incident, terms: string[]): boolean {
  const text = [
    incident.incident_id,
    incident.title,
    incident.service,
    ...incident.affected_services,
    incident.detected_by,
    incident.verdict?.root_cause?.component ?? "",
    incident.verdict?.root_cause?.fault ?? "",
  ]
    .join("\n")
    .toLowerCase();
  return terms.every((term) => text.includes(term));
}

export function chosen(incidents: Incident[], wanted: Wanted): Incident[] {
  const terms = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  return incidents.filter(
    (one) => (!wanted.severity || one.severity === wanted.severity) && matches(one, terms),
  );
}

/** What is to blame, where it is known. */
export function causeIn(incident: Incident): string {
  const found = incident.verdict?.root_cause;
  return found ? `${found.component}: ${words(found.fault)}` : "";
}
