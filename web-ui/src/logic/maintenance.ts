// When a maintenance window is, once or every week, and what is wrong with what was typed of it.

import { minute } from "./words";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export interface TypedWindow {
  reason: string;
  services: string[];
  repeats: "once" | "weekly";
  /** Of a window that is once: UTC. Of a weekly one the day counts, in its time zone. */
  startDate: string;
  startTime: string;
  minutes: string;
  days: Day[];
  from: string;
  to: string;
  zone: string;
  /** The last day of a weekly one; empty: until somebody ends it. */
  lastDate: string;
  /** Sent with it, so that sending it twice adds one window. */
  key: string;
}

export interface Rhythm {
  days: readonly Day[];
  at: string;
  minutes: number;
  time_zone: string;
}

export type WindowFaults = Partial<Record<"reason" | "services" | "start" | "minutes" | "days" | "to" | "lastDate", string>>;

const LONGEST = 30 * 24 * 60;
const SHORTEST_RHYTHM = 5;
const A_DAY = 24 * 60;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

export function startOf(typed: Pick<TypedWindow, "startDate" | "startTime">): Date | undefined {
  const at = new Date(`${typed.startDate}T${typed.startTime || "00:00"}:00Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/** How long it is from one time of day to another; the same one again is a day later. */
export function lasting(from: string, to: string): number {
  return (minutesOf(to) - minutesOf(from) + A_DAY) % A_DAY || A_DAY;
}

function offsetAt(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(moment);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - moment;
}

/** When the clocks of a time zone show that. */
export function inZone(date: string, clock: string, zone: string): Date {
  const shown = Date.parse(`${date}T${clock}:00Z`);
  // A second look, for the clocks may have been changed between the two.
  const near = shown - offsetAt(shown, zone);
  return new Date(shown - offsetAt(near, zone));
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function faultsOfRhythm(typed: TypedWindow): WindowFaults {
  const known = CLOCK.test(typed.from) && CLOCK.test(typed.to);
  return {
    ...(typed.days.length ? {} : { days: "Choose at least one day." }),
    ...(known && lasting(typed.from, typed.to) >= SHORTEST_RHYTHM ? {} : { to: `Give both times, ${SHORTEST_RHYTHM} minutes apart at least.` }),
    ...(typed.lastDate && typed.lastDate < typed.startDate ? { lastDate: "It ends before it begins." } : {}),
  };
}

function faultsOfSpan(typed: TypedWindow): WindowFaults {
  const minutes = Number(typed.minutes);
  return Number.isInteger(minutes) && minutes >= 1 && minutes <= LONGEST ? {} : { minutes: `Between 1 and ${LONGEST} minutes.` };
}

export function faultsOfWindow(typed: TypedWindow): WindowFaults {
  return {
    ...(typed.reason.trim().length >= 3 ? {} : { reason: "Say what is done in it." }),
    ...(typed.services.length ? {} : { services: "Name at least one service." }),
    ...(startOf(typed) ? {} : { start: "Give a day and a time." }),
    ...(typed.repeats === "weekly" ? faultsOfRhythm(typed) : faultsOfSpan(typed)),
  };
}

function rhythmOf(typed: TypedWindow): Rhythm {
  return {
    days: DAYS.filter((day) => typed.days.includes(day)),
    at: typed.from,
    minutes: lasting(typed.from, typed.to),
    time_zone: typed.zone,
  };
}

/** The end of the last day, or of what began on it. */
function endOfLast({ lastDate, from, to, zone }: TypedWindow): Date {
  const midnight = inZone(dayAfter(lastDate, 1), "00:00", zone).getTime();
  return new Date(Math.max(midnight, inZone(lastDate, from, zone).getTime() + lasting(from, to) * 60_000));
}

export function windowOf(typed: TypedWindow) {
  const common = { reason: typed.reason.trim(), services: typed.services };
  if (typed.repeats === "weekly") {
    const { days, ...rest } = rhythmOf(typed);
    return {
      ...common,
      // Not from midnight: what began on the evening before is none of it.
      starts_at: inZone(typed.startDate, typed.from, typed.zone).toISOString(),
      ends_at: typed.lastDate ? endOfLast(typed).toISOString() : null,
      recurrence: { days: [...days], ...rest },
    };
  }
  const starts = startOf(typed) ?? new Date();
  return {
    ...common,
    starts_at: starts.toISOString(),
    ends_at: new Date(starts.getTime() + Number(typed.minutes) * 60_000).toISOString(),
    recurrence: null,
  };
}

const NAMES: Record<Day, string> = { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" };

export function dayName(day: Day): string {
  return NAMES[day];
}

function daysTold(days: readonly Day[]): string {
  const places = DAYS.flatMap((day, number) => (days.includes(day) ? [number] : []));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  if (places.length === 7) return "Every day";
  const names = places.map((number) => NAMES[DAYS[number] ?? "mon"]);
  return places.length > 2 && last - first === places.length - 1 ? `${names[0]} to ${names.at(-1)}` : names.join(", ");
}

/** On which days from when to when, by whose clocks. */
export function rhythmTold({ days, at, minutes, time_zone: zone }: Rhythm): string {
  const end = minutesOf(at) + minutes;
  const clock = [Math.floor((end % A_DAY) / 60), end % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return `${daysTold(days)} ${at} to ${clock}${end >= A_DAY ? " the next day" : ""}, ${zone}`;
}

interface Window {
  starts_at: string;
  ends_at: string | null;
  recurrence: Rhythm | null;
}

/** When a window is, as the list tells it. */
export function windowTold({ starts_at: starts, ends_at: ends, recurrence }: Window, now: number): string {
  if (!recurrence) return `${minute(starts)}${ends ? ` to ${minute(ends)}` : ""}`;
  const bounds = [Date.parse(starts) > now ? `from ${minute(starts)}` : "", ends ? `until ${minute(ends)}` : ""];
  return [rhythmTold(recurrence), ...bounds.filter(Boolean)].join("; ");
}

/** When a weekly window opens first, for whoever types it to check. */
export function firstOpening(typed: TypedWindow, now: number): Date | undefined {
  if (typed.repeats !== "weekly" || Object.keys(faultsOfRhythm(typed)).length || !startOf(typed)) return undefined;
  for (let ahead = 0; ahead < 8; ahead++) {
    const today = new Date(now + offsetAt(now, typed.zone)).toISOString().slice(0, 10);
    const date = dayAfter(typed.startDate > today ? typed.startDate : today, ahead);
    const day = DAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];
    const opens = inZone(date, typed.from, typed.zone);
    if (day && typed.days.includes(day) && opens.getTime() > now) return typed.lastDate && date > typed.lastDate ? undefined : opens;
  }
  return undefined;
}
