// How far a run has come, from its goal to its report.

import type { Schemas } from "../api/client";

type Run = Schemas["GoalRun"];
type Step = Schemas["RunStep"];

export interface Stage {
  name: string;
  standing: "done" | "now" | "ahead" | "failed";
}

const WORK: Record<Schemas["RunPhase"], number> = {
  plan: 1,
  execute_tool: 2,
  evaluate: 2,
  approval: 3,
  deliver: 3,
  report: 4,
};

function reachedBy({ status, phase, answer, steps }: Pick<Run, "status" | "phase" | "answer" | "steps">, all: number): number {
  if (status === "completed") return all;
  if (status === "created") return WORK.plan;
  // One that failed is at its report already: it broke where nothing more was written.
  if (status === "failed") return answer ? WORK.approval : steps > 1 ? WORK.execute_tool : WORK.plan;
  return WORK[phase];
}

/** Goal, plan, steps, what it makes where it makes anything, and report. */
export function stagesOf(run: Pick<Run, "status" | "phase" | "deliverable" | "draft" | "answer" | "steps">): Stage[] {
  const makes = run.deliverable !== "answer" && (run.draft !== null || run.status !== "completed");
  const names = ["Goal", "Plan", "Steps", makes ? `Consent to ${run.deliverable === "ticket" ? "the ticket" : "the incident"}` : "", "Report"];
  const reached = reachedBy(run, names.length);
  return names
    .map((name, number): Stage => {
      const standing = number < reached ? "done" : number > reached ? "ahead" : run.status === "failed" ? "failed" : "now";
      return { name, standing };
    })
    .filter(({ name }) => name);
}

const NOW: Record<Schemas["RunPhase"], string> = {
  plan: "It is being planned",
  execute_tool: "The next call of the plan is being made",
  evaluate: "What was seen is being judged",
  approval: "Its draft is being made",
  deliver: "It is being delivered",
  report: "The report is being written",
};

/** What happens now, or when it is tried again; nothing where nothing happens. */
export function presentOf(run: Pick<Run, "status" | "phase" | "attempts" | "next_attempt_at">): string {
  if (run.status !== "running") return "";
  if (!run.attempts || !run.next_attempt_at) return NOW[run.phase];
  const tries = run.attempts === 1 ? "once" : `${run.attempts} times`;
  return `It was tried ${tries} in vain; the next try is at ${run.next_attempt_at.slice(11, 19)} UTC`;
}

interface Drafted {
  kind: Run["deliverable"];
  refusal: string;
}

/** What keeps a draft from being made although somebody consents. */
export interface Hindrance {
  /** Whether it surely is not made now; else it was so when consent was asked for. */
  now: boolean;
  why: string;
}

/** Nothing where consent is enough. `switched` is how the switch of all actions stands now. */
export function hindranceTo(draft: Drafted, switched: { is_on: boolean; reason: string } | undefined): Hindrance | undefined {
  // Only what leaves the system hangs on the switch; an incident is a record of its own.
  if (draft.kind === "ticket" && switched?.is_on === false) return { now: true, why: switched.reason };
  return draft.refusal ? { now: false, why: draft.refusal } : undefined;
}

/** The evidence that a step left. */
export function evidenceOf(step: Step): string | undefined {
  return step.observation?.evidence_id ?? undefined;
}
