import { expect, it } from "vitest";
import { ageOf, closedAt } from "./age";

const opened_at = "2026-01-01T10:00:00Z";
const closed_at = "2026-01-01T10:00:07Z";
const now = Date.parse("2026-01-01T12:00:00Z");

it("counts an incident in people's hands as open until they close it", () => {
  for (const status of ["escalated", "failed"] as const) {
    expect(ageOf({ status, opened_at, closed_at }, now)).toBe("open for 2.0 h");
    expect(closedAt({ status, opened_at, closed_at })).toBeNull();
  }
});

it("tells how long a closed incident lasted, and how long one goes on", () => {
  expect(ageOf({ status: "resolved", opened_at, closed_at }, now)).toBe("lasted 7.0 s");
  expect(ageOf({ status: "investigating", opened_at, closed_at: null }, now)).toBe("open for 2.0 h");
});
