import { expect, it } from "vitest";
import { aligned, bandsOf, excursionInWords, silenceInWords, silences, summaryOf } from "./telemetry";

const EXCURSION = {
  state: "ongoing",
  verdict: "excursion",
  side: "above",
  began_at: "2026-11-20T10:10:00Z",
  last_outside_at: "2026-11-20T10:20:00Z",
  ended_at: null,
  minutes: 45,
  over_minutes: 15,
  allowed_minutes: 30,
  unobserved_minutes: 0,
  extreme_celsius: 12.34,
  limit_celsius: 8,
  door_open_minutes: 20,
  ambient_celsius: 31,
  compressor_percent: null,
};
const TELEMETRY = {
  device_id: "truck-002",
  product_class: "pharma",
  limits_celsius: [2, 8] as [number, number],
  since: "2026-11-20T10:00:00.000Z",
  until: "2026-11-20T12:00:00.000Z",
  period_seconds: 300,
  silent_after_seconds: 900,
  series: [
    {
      quantity: "TemperatureCelsius",
      latest: 12.3,
      latest_at: "2026-11-20T11:00:00Z",
      minimum: 5,
      maximum: 12.3,
      points: [
        ["2026-11-20T10:00:00Z", 5],
        ["2026-11-20T10:05:00Z", 9],
        ["2026-11-20T11:00:00Z", 12.3],
      ] as [string, number][],
    },
  ],
  absent: [],
  excursions: [EXCURSION],
  note: "",
};

it("finds silence between reports and after the last one", () => {
  const found = silences(TELEMETRY);

  expect(found).toEqual([
    { from: "2026-11-20T10:10:00.000Z", to: "2026-11-20T11:00:00.000Z" },
    { from: "2026-11-20T11:05:00.000Z", to: "2026-11-20T12:00:00.000Z" },
  ]);
  expect(silenceInWords(found[0]!, TELEMETRY.until)).toBe("Silent from 2026-11-20 10:10:00 UTC to 11:00:00, for 50 min.");
  expect(silenceInWords(found[1]!, "2026-11-20T12:00:00.000417Z")).toContain("Silent since 2026-11-20 11:05:00 UTC, for 55 min now");
});

it("breaks the line where a device was silent", () => {
  const [times, cargo] = aligned(TELEMETRY);

  expect(times).toHaveLength(5);
  expect(cargo).toEqual([5, 9, null, 12.3, null]);
});

it("shades an excursion that goes on up to now", () => {
  expect(bandsOf(TELEMETRY).at(-1)).toEqual({ kind: "excursion", from: EXCURSION.began_at, to: TELEMETRY.until });
});

it("tells an excursion, and the chart, in words", () => {
  expect(excursionInWords(EXCURSION)).toBe(
    "Since 2026-11-20 10:10:00 UTC it was above 8.0 °C for 45 min, 15 min more than the 30 min that are allowed; " +
      "at worst 12.3 °C; it is still outside. Meanwhile the door stood open for 20 min, outside it had 31.0 °C.",
  );
  expect(summaryOf(TELEMETRY)).toContain("between 5.0 °C and 12.3 °C, last 12.3 °C at 11:00:00 UTC. Allowed: 2 to 8 °C.");
});
