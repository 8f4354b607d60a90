import type { Schemas } from "../api/client";
import { words } from "./words";

/** What a verdict says, in a line. */
export function causeOf({ root_cause: cause, outcome }: Schemas["Verdict"]): string {
  if (cause) return `${cause.component}: ${words(cause.fault)}`;
  return outcome === "healthy" ? "Nothing is wrong" : "No cause was found";
}
