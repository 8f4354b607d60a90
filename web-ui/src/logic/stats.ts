// Numbers with what they rest on; where there is too little to say, words say so.

export interface Spread {
  count: number;
  median: number | null;
}

const FEW = 5;

export function tooFew(total: number): string {
  if (total === 0) return "There were no incidents yet, so there is nothing to count.";
  if (total < FEW) return `Only ${total} ${total === 1 ? "incident" : "incidents"} so far: read these numbers as single cases.`;
  return "";
}

export function medianTold(spread: Spread, format: (value: number) => string, none: string): string {
  if (spread.median === null || !spread.count) return none;
  return `${format(spread.median)} (of ${spread.count})`;
}

export function shareTold(share: number | null, told: string, none: string): string {
  return share === null ? none : `${Math.round(share * 100)} % (${told})`;
}

/** How approvals went: decided, or left until they expired or no longer held. */
export function approvalHealth(byStatus: Record<string, number>): string {
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (byStatus[name] ?? 0), 0);
  const decided = of("approved", "denied");
  const over = decided + of("expired", "void");
  if (!over) return "None has come to an end yet";
  return `${Math.round((decided / over) * 100)} % (${decided} of ${over}; ${of("expired")} ran out of time)`;
}
