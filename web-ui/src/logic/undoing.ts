// How the inverse of an action is told: it was used, or it could be.

import type { Schemas } from "../api/client";

/** The inverse of what leaves nothing to put back. */
const NOTHING_TO_UNDO = "notify_only";

/** What stands before the inverse; empty where it would do nothing. */
export function undoing({ status, inverse }: Pick<Schemas["ActionRecord"], "status" | "inverse">): string {
  if (!inverse || inverse.name === NOTHING_TO_UNDO) return "";
  if (status === "undone") return "Undone with";
  return status === "refused" || status === "void" ? "" : "Can be undone with";
}
