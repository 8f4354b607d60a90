// What happened to an incident as one list: thoughts, tool calls, answers and events, in order.

import type { Schemas } from "../api/client";

export type Step = Schemas["Step"];
export type Event = Schemas["TimelineEvent"];
export type Observation = Schemas["Observation"];
export type Kind = "thought" | "call" | "answer" | "event";

interface Common {
  id: string;
  at: string;
  kind: Kind;
}
export type Entry =
  | (Common & { kind: "thought"; step: Step })
  | (Common & { kind: "call"; step: Step; observation: Observation })
  | (Common & { kind: "answer"; step: Step; title: string; text: string })
  | (Common & { kind: "event"; event: Event });

export const KINDS: { kind: Kind; label: string }[] = [
  { kind: "thought", label: "Thoughts" },
  { kind: "call", label: "Tool calls" },
  { kind: "answer", label: "Answers" },
  { kind: "event", label: "Events" },
];

function answerOf({ turn }: Step): { title: string; text: string } | undefined {
  if (turn.verdict) return { title: "Verdict", text: turn.verdict.summary };
  if (turn.plan) return { title: "Plan", text: turn.plan.rationale };
  if (turn.triage) return { title: "Triage", text: turn.triage.summary };
  return undefined;
}

export function entriesOfStep(step: Step): Entry[] {
  const at = step.started_at;
  const name = `step-${step.number}`;
  const answer = answerOf(step);
  const entries: Entry[] = [{ id: name, at, kind: "thought", step }];
  for (const [number, observation] of step.observations.entries()) {
    entries.push({ id: `${name}-${number}`, at, kind: "call", step, observation });
  }
  if (answer) entries.push({ id: `${name}-answer`, at, kind: "answer", step, ...answer });
  return entries;
}

export function entriesOf(steps: Step[], events: Event[]): Entry[] {
  const told = events
    .filter((event) => event.kind !== "step")
    .map((event): Entry => ({ id: event.event_id, at: event.at, kind: "event", event }));
  const thought = steps.flatMap(entriesOfStep);
  // Both lists are in order already, and what belongs to a step stays together.
  return [...thought, ...told].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function textOf(entry: Entry): string {
  switch (entry.kind) {
    case "thought":
      return `${entry.step.agent} ${entry.step.turn.thought}`;
    case "call":
      return `${entry.observation.call.server}.${entry.observation.call.tool} ${JSON.stringify(entry.observation.call.arguments)} ${entry.observation.message} ${entry.observation.evidence_id ?? ""}`;
    case "answer":
      return `${entry.title} ${entry.text}`;
    case "event":
      return `${entry.event.kind} ${entry.event.actor} ${entry.event.message}`;
  }
}

export function wantedEntries(entries: Entry[], kinds: ReadonlySet<Kind>, text: string): Entry[] {
  const term = text.trim().toLowerCase();
  return entries.filter(
    (entry) => (kinds.size === 0 || kinds.has(entry.kind)) && (!term || textOf(entry).toLowerCase().includes(term)),
  );
}

export interface Cost {
  steps: number;
  calls: number;
  tokens: number;
  dollars: number;
}

export function costOf(steps: Step[]): Cost {
  const cost = { steps: steps.length, calls: 0, tokens: 0, dollars: 0 };
  for (const { turn, observations } of steps) {
    cost.calls += observations.length;
    cost.tokens += turn.usage.input_tokens + turn.usage.cached_input_tokens + turn.usage.output_tokens;
    cost.dollars += turn.usage.dollars;
  }
  return cost;
}
