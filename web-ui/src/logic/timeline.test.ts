import { expect, it } from "vitest";
import { costOf, type Entry, entriesOf, type Event, type Step, wantedEntries } from "./timeline";

function step(number: number, at: string): Step {
  const call = { server: "monitoring", tool: "get_metrics", arguments: { metric: "Errors" } };
  const usage = { input_tokens: 10, cached_input_tokens: 1, output_tokens: 2, dollars: 0.5 };
  return {
    number,
    started_at: at,
    agent: "root_cause",
    turn: { thought: `thought ${number}`, usage, beliefs: [], verdict: null, plan: null, triage: null },
    observations: [{ call, status: "ok", message: "", evidence_id: "EV-0000000A" }],
  } as unknown as Step;
}

const event = { event_id: "E1", at: "2026-11-20T12:00:01Z", kind: "note", actor: "ann", message: "looks odd" };
const steps = [step(1, "2026-11-20T12:00:00Z"), step(2, "2026-11-20T12:00:02Z")];
const names = (entries: Entry[]) => entries.map(({ id }) => id);

it("puts steps and events in one order, and tells no step twice", () => {
  const twice = { ...event, event_id: "step-000001", kind: "step" };

  expect(names(entriesOf(steps, [event, twice] as Event[]))).toEqual(["step-1", "step-1-0", "E1", "step-2", "step-2-0"]);
});

it("filters by kind and by words", () => {
  const entries = entriesOf(steps, [event] as Event[]);

  expect(names(wantedEntries(entries, new Set(["event"]), ""))).toEqual(["E1"]);
  expect(names(wantedEntries(entries, new Set(), "ERRORS"))).toEqual(["step-1-0", "step-2-0"]);
});

it("adds up what the steps cost", () => {
  expect(costOf(steps)).toEqual({ steps: 2, calls: 2, tokens: 26, dollars: 1 });
});
