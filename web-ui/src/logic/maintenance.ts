// When a maintenance window is, typed as UTC, and what is wrong with it.

export interface TypedWindow {
  reason: string;
  services: string[];
  startDate: string;
  startTime: string;
  minutes: string;
}

const LONGEST = 7 * 24 * 60;

export function startOf(typed: TypedWindow): Date | undefined {
  const at = new Date(`${typed.startDate}T${typed.startTime || "00:00"}:00Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export function faultsOfWindow(typed: TypedWindow): Partial<Record<"reason" | "services" | "start" | "minutes", string>> {
  const minutes = Number(typed.minutes);
  return {
    ...(typed.reason.trim() ? {} : { reason: "Say what is done in it." }),
    ...(typed.services.length ? {} : { services: "Name at least one service." }),
    ...(startOf(typed) ? {} : { start: "Give a day and a time." }),
    ...(Number.isInteger(minutes) && minutes >= 1 && minutes <= LONGEST
      ? {}
      : { minutes: `Between 1 and ${LONGEST} minutes.` }),
  };
}

export function windowOf(typed: TypedWindow) {
  const starts = startOf(typed) ?? new Date();
  return {
    reason: typed.reason.trim(),
    services: typed.services,
    starts_at: starts.toISOString(),
    ends_at: new Date(starts.getTime() + Number(typed.minutes) * 60_000).toISOString(),
    recurrence: null,
  };
}
