import type { Lit, Path } from "../logic/spans";
import { brief, words } from "../logic/words";

function nameOf(path: Path): string {
  return path.map((part) => (typeof part === "number" ? `${part + 1}` : words(part))).join(" › ");
}

/** What is cited, by its place in the answer, where what is shown beside it does not hold it. */
export function Cited({ lit, content, shown }: { lit: Lit; content: unknown; shown: readonly Path[] }) {
  const outside = lit
    .values(content)
    .filter(({ path }) => !shown.some((one) => one.every((part, number) => part === path[number])));
  if (!outside.length) return null;
  return (
    <p className="text">
      <b>Cited</b>{" "}
      {outside.map(({ path, value }) => (
        <span key={nameOf(path)} className="cited-value">
          {nameOf(path)} <mark className="code">{brief(value)}</mark>
        </span>
      ))}
    </p>
  );
}
