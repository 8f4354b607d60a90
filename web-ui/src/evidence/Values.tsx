import { useMemo } from "react";
import { linesOf, nameOf, valueTold } from "../logic/quotes";
import { type Lit, piecesOf } from "../logic/spans";
import { Marked } from "../parts/Marked";
import "./evidence.css";

const MOST = 200;
const ALL = { from: 0, to: Number.POSITIVE_INFINITY };

/** An answer that is no list and no chart: every value by its place; a cited one is never left out. */
export function Values({ content, lit }: { content: unknown; lit: Lit }) {
  const lines = useMemo(() => linesOf(content).map((line) => ({ ...line, isLit: lit.under(line.path) })), [content, lit]);
  const shown = lines.filter(({ isLit }, number) => number < MOST || isLit);
  return (
    <>
      <div className="records" tabIndex={0} role="region" aria-label="Values">
        <table>
          <tbody>
            {shown.map(({ path, value, isLit }) => (
              <tr key={path.join("/")} className={isLit ? "record-lit" : undefined}>
                <th scope="row">{nameOf(path)}</th>
                <td>
                  <Marked
                    pieces={piecesOf(valueTold(value), isLit ? (typeof value === "string" ? (lit.at(path) ?? ALL) : ALL) : undefined)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < lines.length ? (
        <p className="quiet">
          The first {MOST} of {lines.length}; all of them stand in "As it came".
        </p>
      ) : null}
    </>
  );
}
