// A series of measurements in a sentence, for those who cannot see its chart.

type Points = [string, number][];

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function summaryOf(title: string, points: Points, from: string | undefined): string {
  const values = points.map(([, value]) => value);
  if (!values.length) return `${title}: no measurements.`;
  const start = from ? Date.parse(from) : Number.NaN;
  const before = points.filter(([at]) => Date.parse(at) < start).map(([, value]) => value);
  const since = points.filter(([at]) => Date.parse(at) >= start).map(([, value]) => value);
  const range = `${title}: between ${rounded(Math.min(...values))} and ${rounded(Math.max(...values))}, last ${rounded(values.at(-1) ?? 0)}.`;
  if (!before.length || !since.length) return range;
  return `${range} Usually ${rounded(median(before))} before it began, ${rounded(median(since))} since.`;
}
