// Which part of a long list has to be there for what is in sight, and how much room the rest takes.

export interface Part {
  from: number;
  to: number;
  /** Pixels of what is left out before it, and behind it. */
  before: number;
  after: number;
}

/** Of a row that was never rendered. */
const GUESS = 84;

export function partInSight(ids: string[], heights: ReadonlyMap<string, number>, top: number, bottom: number): Part {
  let [at, before, after] = [0, 0, 0];
  let [from, to] = [0, 0];
  for (const [number, id] of ids.entries()) {
    const height = heights.get(id) ?? GUESS;
    if (at + height <= top) {
      before += height;
      from = number + 1;
    } else if (at < bottom) {
      to = number + 1;
    } else {
      after += height;
    }
    at += height;
  }
  // Whatever is in sight, somebody who reads the page aloud finds something in it.
  if (to <= from && ids.length) {
    const last = Math.min(from, ids.length - 1);
    const height = heights.get(ids[last] ?? "") ?? GUESS;
    return from > last ? { from: last, to: last + 1, before: before - height, after } : { from: last, to: last + 1, before, after: after - height };
  }
  return { from, to, before, after };
}
