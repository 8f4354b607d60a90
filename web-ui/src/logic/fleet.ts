// How much of the fleet was seen: nobody looked yet, nothing could be seen, or there is nothing.

import type { Schemas } from "../api/client";

type View = Pick<Schemas["FleetView"], "at" | "gaps">;

/** Whether somebody looked already; until then nothing is known, not even that there is nothing. */
export function wasLookedAt<T extends View>(view: T | undefined): view is T {
  return view !== undefined && view.at !== null;
}

/** What a list without a device says. */
export function whyNone(view: View | undefined): string {
  if (!wasLookedAt(view)) return "Not known: the API did not answer.";
  return view.gaps?.length ? "No device could be seen." : "There are no devices.";
}
