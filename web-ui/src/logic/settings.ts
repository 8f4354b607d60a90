// What the settings say in words: who turned the switch, until when a token is good, who may what.

import { moment, percent } from "./words";

interface Turned {
  enabled: boolean;
  turned: { at: string; by: string | null; reason: string } | null;
}

export function turnedTold({ enabled, turned }: Turned): string {
  const state = enabled ? "on" : "off";
  if (!turned) return `Since when it is ${state} is not known.`;
  if (!turned.by) return `It is ${state} since ${moment(turned.at)}, by the deployment or past this console.`;
  const why = turned.reason ? `: ${turned.reason}` : "";
  return `Turned ${state} by ${turned.by}, ${moment(turned.at)}${why}`;
}

interface Standing {
  earned: boolean;
  helped: number;
  of: number;
  seeded: number;
  lower_bound: number;
  bar: number;
}

/** Whether a class of actions may happen with nobody asked, and what that rests on. */
export function standingTold({ earned, helped, of, seeded, lower_bound, bar }: Standing): string {
  const own = of ? `helped ${helped} of ${of} times here` : "never done here yet";
  const evals = seeded ? `, ${Math.round(seeded)} times in the evals` : "";
  if (!of && !seeded) return `Not yet: ${own}, so a person is asked`;
  const bound = `helps in at least ${percent(lower_bound)}`;
  return earned ? `Yes: ${own}${evals}; ${bound}` : `Not yet: ${own}${evals}; ${bound}, and ${percent(bar)} are asked for`;
}

const SOON = 7 * 86_400_000;

export function endTold(endsAt: string | null, now: number): { told: string; soon: boolean } {
  if (!endsAt) return { told: "Until it is revoked", soon: false };
  const left = Date.parse(endsAt) - now;
  if (left <= 0) return { told: "Over", soon: true };
  return { told: moment(endsAt), soon: left < SOON };
}

export const LASTING = [
  { value: "7", label: "A week" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "366", label: "A year" },
  { value: "", label: "Until it is revoked" },
];

export const ROLES = [
  { value: "viewer", label: "Viewer", description: "May look" },
  { value: "responder", label: "Responder", description: "May open, amend and resolve incidents, ask and run, and write knowledge" },
  { value: "approver", label: "Approver", description: "May also decide on actions" },
  { value: "admin", label: "Administrator", description: "May also turn the switch and make tokens" },
];

export interface Tool {
  server: string;
  name: string;
  purpose: string;
  manner: string;
  agents: string[];
}

/** The agents in the order of the work, and what each one works in. */
export const MODE_OF: Record<string, string> = {
  triage: "incidents",
  root_cause: "incidents",
  remediation: "incidents",
  watchdog: "rounds of watching",
  chat: "questions and runs",
};

export function toolsWith<T extends Tool>(tools: T[], text: string, agent: string): T[] {
  const wanted = text.trim().toLowerCase();
  return tools.filter(
    (one) =>
      (!agent || one.agents.includes(agent)) &&
      (!wanted || `${one.server} ${one.name} ${one.purpose}`.toLowerCase().includes(wanted)),
  );
}
