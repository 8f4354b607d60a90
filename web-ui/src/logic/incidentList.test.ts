import { expect, it } from "vitest";
import { appended, type Incident, queryOf, refreshed, wantedIn } from "./incidentList";

function incident(id: string, opened_at: string): Incident {
  return { incident_id: id, opened_at, status: "open" } as Incident;
}

const [a, b, c] = [incident("INC-A", "3"), incident("INC-B", "2"), incident("INC-C", "1")];

it("puts a fresh first page over what is kept and keeps what is older", () => {
  const changed = { ...b, status: "resolved" as const };

  expect(refreshed([a, b, c], [a, changed], false)).toEqual([a, changed, c]);
  expect(refreshed([a, b, c], [b], true)).toEqual([b]);
});

it("keeps what was found further back when the newest hold nothing of it", () => {
  expect(refreshed([c], [], false)).toEqual([c]);
  expect(refreshed([c], [], true)).toEqual([]);
});

it("takes each incident once, however often a page tells it", () => {
  expect(appended([a, b], [b, c])).toEqual([a, b, c]);
});

it("asks the API for what the address says, and leaves out what means nothing", () => {
  const asked = (address: string) => queryOf(wantedIn(new URLSearchParams(address), ["open"], ["high"]));

  expect(asked("text=+oom+&severity=high&status=open")).toEqual({ text: "oom", severity: "high", status: "open" });
  expect(asked("status=going_on")).toEqual({ over: false });
  expect(asked("status=over")).toEqual({ over: true });
  expect(asked("status=nonsense&severity=<b>&page=9")).toEqual({});
});
