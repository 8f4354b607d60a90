import { describe, expect, it } from "vitest";
import { faultsOfWindow, firstOpening, inZone, lasting, rhythmTold, type TypedWindow, windowOf, windowTold } from "./maintenance";

const ONCE: TypedWindow = {
  reason: "the database is moved",
  services: ["payment"],
  repeats: "once",
  startDate: "2026-11-20",
  startTime: "22:00",
  minutes: "90",
  days: [],
  from: "22:00",
  to: "02:00",
  zone: "Europe/Berlin",
  lastDate: "",
  key: "k",
};
const WEEKLY: TypedWindow = { ...ONCE, repeats: "weekly", days: ["wed", "mon"] };

describe("a window that is once", () => {
  it("lasts so many minutes from its start in UTC", () => {
    expect(faultsOfWindow(ONCE)).toEqual({});
    expect(windowOf(ONCE)).toMatchObject({ starts_at: "2026-11-20T22:00:00.000Z", ends_at: "2026-11-20T23:30:00.000Z", recurrence: null });
    expect(faultsOfWindow({ ...ONCE, minutes: "0" }).minutes).toBeDefined();
    expect(faultsOfWindow({ ...ONCE, minutes: String(30 * 24 * 60) })).toEqual({});
  });
});

describe("a window of every week", () => {
  it("goes to the API as days, a time of day, minutes and a time zone", () => {
    expect(faultsOfWindow(WEEKLY)).toEqual({});
    expect(windowOf(WEEKLY)).toEqual({
      reason: "the database is moved",
      services: ["payment"],
      starts_at: "2026-11-20T21:00:00.000Z",
      ends_at: null,
      recurrence: { days: ["mon", "wed"], at: "22:00", minutes: 240, time_zone: "Europe/Berlin" },
    });
  });

  it("ends with its last day, or with what began on it", () => {
    expect(windowOf({ ...WEEKLY, lastDate: "2026-12-02" }).ends_at).toBe("2026-12-03T01:00:00.000Z");
    expect(windowOf({ ...WEEKLY, to: "23:00", lastDate: "2026-12-02" }).ends_at).toBe("2026-12-02T23:00:00.000Z");
  });

  it("asks for days and for times that are apart", () => {
    expect(faultsOfWindow({ ...WEEKLY, days: [] }).days).toBeDefined();
    expect(faultsOfWindow({ ...WEEKLY, to: "22:04" }).to).toContain("5 minutes");
    expect(faultsOfWindow({ ...WEEKLY, to: "" }).to).toBeDefined();
    expect(faultsOfWindow({ ...WEEKLY, lastDate: "2026-11-01" }).lastDate).toBeDefined();
    expect([lasting("22:00", "22:00"), lasting("09:15", "10:00")]).toEqual([1440, 45]);
  });

  it("keeps to the clocks of its time zone, in summer and in winter", () => {
    expect(inZone("2026-07-01", "22:00", "Europe/Berlin").toISOString()).toBe("2026-07-01T20:00:00.000Z");
    expect(inZone("2026-10-25", "22:00", "Europe/Berlin").toISOString()).toBe("2026-10-25T21:00:00.000Z");
    expect(inZone("2026-11-20", "08:30", "Asia/Kolkata").toISOString()).toBe("2026-11-20T03:00:00.000Z");
  });

  it("says when it opens first", () => {
    const friday = Date.parse("2026-11-20T12:00:00Z");

    expect(firstOpening(WEEKLY, friday)?.toISOString()).toBe("2026-11-23T21:00:00.000Z");
    expect(firstOpening({ ...WEEKLY, days: ["fri"] }, friday)?.toISOString()).toBe("2026-11-20T21:00:00.000Z");
    expect(firstOpening({ ...WEEKLY, days: ["fri"] }, friday + 12 * 3_600_000)?.toISOString()).toBe("2026-11-27T21:00:00.000Z");
    expect(firstOpening({ ...WEEKLY, lastDate: "2026-11-22" }, friday)).toBeUndefined();
    expect(firstOpening(ONCE, friday)).toBeUndefined();
  });
});

it("tells windows as people read them", () => {
  const night = { days: ["mon", "tue", "wed", "thu", "fri"], at: "22:00", minutes: 240, time_zone: "Europe/Berlin" } as const;
  const now = Date.parse("2026-11-20T12:00:00Z");
  const window = { starts_at: "2026-11-20T10:00:00Z", ends_at: null, recurrence: night };

  expect(rhythmTold(night)).toBe("Mon to Fri 22:00 to 02:00 the next day, Europe/Berlin");
  expect(rhythmTold({ ...night, days: ["sun", "wed"], minutes: 30, time_zone: "UTC" })).toBe("Wed, Sun 22:00 to 22:30, UTC");
  expect(windowTold(window, now)).toBe(rhythmTold(night));
  expect(windowTold({ ...window, ends_at: "2027-01-01T00:00:00Z" }, now)).toContain("; until 2027-01-01 00:00 UTC");
  expect(windowTold({ ...window, starts_at: "2026-11-30T00:00:00Z" }, now)).toContain("; from 2026-11-30 00:00 UTC");
  expect(windowTold({ ...window, ends_at: "2026-11-20T11:00:00Z", recurrence: null }, now)).toBe("2026-11-20 10:00 UTC to 2026-11-20 11:00 UTC");
});
