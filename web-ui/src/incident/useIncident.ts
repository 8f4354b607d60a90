import { useRef, useState } from "react";
import { answered, api, everyPage, type Schemas } from "../api/client";
import { type Polling, usePolling } from "../live/usePolling";
import type { Event, Step } from "../logic/timeline";
import { OVER } from "../parts/badges";

export type IncidentView = Schemas["IncidentView"];
export type Visit = Schemas["Visit"];

export interface Live {
  incident: IncidentView | undefined;
  steps: Step[];
  events: Event[];
  polling: Polling;
  over: boolean;
}

interface Seen {
  step: number;
  events: number;
  stand: string;
}

const NOTHING: Seen = { step: 0, events: 0, stand: "" };

/** One incident, its steps and its events, as they come in. */
export function useIncident(id: string): Live {
  const [incident, setIncident] = useState<IncidentView>();
  const [steps, setSteps] = useState<Step[]>([]);
  const [events, setEvents] = useState<Event[]>([]);
  const seen = useRef(NOTHING);
  const path = { incident_id: id };

  const polling = usePolling(id, async (signal) => {
    const found = await answered(api().GET("/incidents/{incident_id}", { params: { path }, signal }));
    const [newSteps, allEvents] = await Promise.all([
      everyPage((cursor) =>
        answered(
          api().GET("/incidents/{incident_id}/steps", {
            params: { path, query: { after: seen.current.step, limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
      everyPage((cursor) =>
        answered(
          api().GET("/incidents/{incident_id}/timeline", {
            params: { path, query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
    ]);
    const was = seen.current;
    const stand = `${found.version} ${found.approval?.status ?? ""} ${found.approval?.version ?? ""}`;
    const added = newSteps.filter((step) => step.number > was.step);
    const isNew = stand !== was.stand || added.length > 0 || allEvents.length !== was.events;
    if (stand !== was.stand) setIncident(found);
    if (added.length) setSteps((kept) => [...kept, ...added.filter((step) => step.number > (kept.at(-1)?.number ?? 0))]);
    if (allEvents.length !== was.events) setEvents(allEvents);
    seen.current = { step: added.at(-1)?.number ?? was.step, events: allEvents.length, stand };
    // An incident that is over may still be graded, reopened or closed by somebody: slowly looked at.
    return isNew;
  });
  return { incident, steps, events, polling, over: incident ? OVER.has(incident.status) : false };
}
