import { expect, it } from "vitest";
import { appended, chosen, type Incident, refreshed } from "./incidentList";

function incident(id: string, opened: string, more: Partial<Incident> = {}): Incident {
  const parts = { incident_id: id, opened_at: opened, title: `title of ${id}`, service: "payment", detected_by: "api" };
  return { affected_services: [], verdict: null, severity: null, ...parts, ...more } as unknown as Incident;
}

const [a, b, c] = [incident("A", "2026-03"), incident("B", "2026-02"), incident("C", "2026-01")];

it("keeps the older ones when the newest are asked for again", () => {
  const newest = incident("N", "2026-04");

  expect(refreshed([a, b, c], [newest, a], false)).toEqual([newest, a, b, c]);
});

it("lets go of one that left the list, and keeps nothing when the page is the whole list", () => {
  expect(refreshed([a, b, c], [b], false)).toEqual([b, c]);
  expect(refreshed([a, b, c], [b], true)).toEqual([b]);
});

it("shows nothing twice when pages overlap", () => {
  expect(appended([a, b], [b, c])).toEqual([a, b, c]);
});

it("searches title, service, id and cause for every word", () => {
  const found = incident("D", "2026-05", { title: "Slow Checkout", severity: "high" });

  expect(chosen([a, found], { text: "checkout slow", severity: "" })).toEqual([found]);
  expect(chosen([a, found], { text: "", severity: "low" })).toEqual([]);
});
