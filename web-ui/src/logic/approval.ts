// What a person may say to a plan: yes, no, or yes to less of it. Used by both pages.

export interface Room {
  now: number;
  asked: number;
}

export interface NarrowableAction {
  number: number;
  may_be_narrowed: Record<string, Room>;
}

/** Which actions are kept, and the numbers that were made smaller; by the action's number. */
export interface Narrowing {
  dropped: number[];
  numbers: Record<string, Record<string, number>>;
}

export const WHOLE: Narrowing = { dropped: [], numbers: {} };

export interface PlanEdit {
  actions: { number: number; parameters: Record<string, number> }[];
}

export function isWithin(value: number, { now, asked }: Room): boolean {
  return Number.isInteger(value) && value >= Math.min(now, asked) && value <= Math.max(now, asked) && value !== now;
}

export function roomTold(room: Room): string {
  const [low, high] = [Math.min(room.now, room.asked), Math.max(room.now, room.asked)];
  return `Now ${room.now}, asked ${room.asked}: from ${room.now < room.asked ? low + 1 : low} to ${room.now < room.asked ? high : high - 1}`;
}

/** What is wrong with a narrowing, in words; nothing where it may be sent. */
export function faultIn(actions: NarrowableAction[], narrowing: Narrowing): string | undefined {
  if (actions.every(({ number }) => narrowing.dropped.includes(number))) {
    return "Nothing of the plan is kept. Deny it instead.";
  }
  for (const { number, may_be_narrowed: rooms } of actions) {
    for (const [name, value] of Object.entries(narrowing.numbers[number] ?? {})) {
      const room = rooms[name];
      if (room && !isWithin(value, room)) return `${name}: ${roomTold(room)}.`;
    }
  }
  return undefined;
}

/** The edit that the API takes; null where the plan is taken as it is. */
export function editOf(actions: NarrowableAction[], narrowing: Narrowing): PlanEdit | null {
  const kept = actions
    .filter(({ number }) => !narrowing.dropped.includes(number))
    .map(({ number, may_be_narrowed: rooms }) => {
      const smaller = Object.entries(narrowing.numbers[number] ?? {}).filter(
        ([name, value]) => rooms[name] !== undefined && value !== rooms[name]?.asked,
      );
      return { number, parameters: Object.fromEntries(smaller) };
    });
  const isWhole = kept.length === actions.length && kept.every(({ parameters }) => !Object.keys(parameters).length);
  return isWhole ? null : { actions: kept };
}

export function wordFor(outcome: { approved: boolean; reason: string; edit: PlanEdit | null }) {
  const { approved, reason, edit } = outcome;
  return { approved, reason: reason.trim(), edit: approved ? edit : null };
}

/** The last word on a question, with who gave it. */
export function lastWord({ decisions }: { decisions: { decided_by: string; approved: boolean; reason: string }[] }): string {
  const last = decisions.at(-1);
  return last ? `${last.decided_by} ${last.approved ? "agreed" : "said no"}: ${last.reason}` : "";
}
