import { expect, it } from "vitest";
import { bySeverity, checkedInWords } from "./watch";

function finding(component: string, severity: "critical" | "low") {
  const claim = { text: `${component} is ill`, citations: [] };
  return { component, severity, claim, kind: "other" as const, more: [], since: null, alarms: [] };
}

it("tells the worst first, each finding with its own fate", () => {
  const report = {
    summary: "",
    findings: [finding("lake", "low"), finding("truck-002", "critical"), finding("lake", "low")],
    checked: [],
    gaps: [],
    reasoner: "offline",
  };
  const fate = { component: "lake", severity: "low" as const, reason: "" };
  const fates = [
    { ...fate, outcome: "opened", incident_id: "INC-00000001" },
    { ...fate, outcome: "known", incident_id: "INC-00000002" },
  ];

  const told = bySeverity({ report, fates });

  expect(told.map(([severity]) => severity)).toEqual(["critical", "low"]);
  expect(told[0]?.[1].map(({ outcome }) => outcome)).toEqual([""]);
  expect(told[1]?.[1].map((one) => [one.outcome, one.fate?.incident_id])).toEqual([
    ["Opened", "INC-00000001"],
    ["Somebody works on it", "INC-00000002"],
  ]);
});

it("says what was looked at, and what was left out", () => {
  const some = { kind: "devices", looked_at: 4, quiet: 4, names: [], is_complete: true };

  expect(checkedInWords(some)).toBe("4 devices: all quiet");
  expect(checkedInWords({ ...some, quiet: 1, is_complete: false })).toBe(
    "4 devices: 1 quiet, and there are more than were looked at",
  );
});
