import { nameOf, told } from "../logic/quotes";
import type { Lit, Path } from "../logic/spans";

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
          {nameOf(path)} <mark className="code">{told(value)}</mark>
        </span>
      ))}
    </p>
  );
}
