// What a conversation is about, in words.

import type { Schemas } from "../api/client";

type Reading = Schemas["Reading"];
type ChatTurn = Schemas["ChatTurn"];

export const SPANS = [
  { value: "", label: "As the question says" },
  { value: "1", label: "Last hour" },
  { value: "6", label: "Last 6 hours" },
  { value: "24", label: "Last 24 hours" },
  { value: "72", label: "Last 3 days" },
  { value: "336", label: "Last 2 weeks" },
];

/** How code understood a question: about what, and when. */
export function readingInWords({ subjects, window, unused }: Reading): string {
  const left = unused.length ? ` Not understood: ${unused.join(", ")}.` : "";
  return `About ${subjects.join(", ") || "everything"}, ${window}.${left}`;
}

/** What the next question of a conversation will be about unless it says otherwise. */
export function keptSubjects(turns: ChatTurn[]): string[] {
  return turns.findLast(({ reading }) => reading !== null)?.reading?.subjects ?? [];
}

/** Beginnings of questions, about the pipeline at hand where there is one. */
export function examplesFor(pipeline: string): string[] {
  if (pipeline) return [`Why did ${pipeline} fail?`, `Are failures of ${pipeline} increasing?`, `Errors of ${pipeline} in the last 6 hours`];
  return ["What is failing right now?", "Which pipelines fail more often than before?", "What changed in the last hour?"];
}
