// The report of a round of watching: findings by severity, and what became of each.

import type { Schemas } from "../api/client";
import { words } from "./words";

type Record_ = Schemas["WatchRecord"];
type Finding = Schemas["Finding"];
type Fate = Schemas["FindingFate"];

export const ORDER: Schemas["Severity"][] = ["critical", "high", "medium", "low"];

const OUTCOMES: Record<string, string> = {
  opened: "Opened",
  known: "Somebody works on it",
  would_open: "It would open one",
  refused: "None was opened",
  failed: "None could be opened",
  noted: "Noted only",
};

export interface Told {
  finding: Finding;
  fate: Fate | undefined;
  outcome: string;
}

/** Each severity that was found, the worst first, with its findings and what became of them. */
export function bySeverity({ report, fates }: Pick<Record_, "report" | "fates">): [Schemas["Severity"], Told[]][] {
  const left = [...fates];
  const told = report.findings.map((finding) => {
    // The same component may be found twice; each fate is told once.
    const at = left.findIndex((fate) => fate.component === finding.component && fate.severity === finding.severity);
    const [fate] = at < 0 ? [] : left.splice(at, 1);
    return { finding, fate, outcome: fate ? (OUTCOMES[fate.outcome] ?? words(fate.outcome)) : "" };
  });
  return ORDER.map((severity): [Schemas["Severity"], Told[]] => [
    severity,
    told.filter(({ finding }) => finding.severity === severity),
  ]).filter(([, found]) => found.length > 0);
}

/** What was looked at, in a line each. */
export function checkedInWords({ kind, looked_at, quiet, is_complete }: Schemas["Checked"]): string {
  const more = is_complete ? "" : ", and there are more than were looked at";
  if (!looked_at) return `no ${words(kind)}${more}`;
  return `${looked_at} ${words(kind)}: ${quiet === looked_at ? "all quiet" : `${quiet} quiet`}${more}`;
}
