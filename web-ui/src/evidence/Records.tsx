import { told } from "../logic/quotes";
import { type Lit, type Path, piecesOf } from "../logic/spans";
import { words } from "../logic/words";
import { Marked } from "../parts/Marked";
import "./evidence.css";

interface Properties {
  name: string;
  records: Record<string, unknown>[];
  lit?: Lit | undefined;
  /** Where the list stands in the answer. */
  path?: Path;
}

const MOST = 300;
const ALL = { from: 0, to: Number.POSITIVE_INFINITY };

function rangeOf(lit: Lit, path: Path, value: unknown) {
  // What is nested is shown as text of its own: the part of it is not to be found there.
  return typeof value === "string" ? lit.at(path) : lit.under(path) ? ALL : undefined;
}

/** A list of things with the same fields, as a table; a cited row is never left out. */
export function Records({ name, records, lit, path = [] }: Properties) {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records
    .map((record, number) => ({ record, number, isLit: lit?.under([...path, number]) ?? false }))
    .filter(({ number, isLit }) => number < MOST || isLit);
  return (
    <>
      <div className="records" tabIndex={0} role="region" aria-label={words(name)}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {words(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ record, number, isLit }) => (
              <tr key={number} className={isLit ? "record-lit" : undefined}>
                {columns.map((column) => {
                  const value = record[column];
                  const range = lit ? rangeOf(lit, [...path, number, column], value) : undefined;
                  return (
                    <td key={column}>
                      <Marked pieces={piecesOf(told(value), value === undefined ? undefined : range)} />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length < records.length ? (
        <p className="quiet">
          The first {MOST} of {records.length}; all of them stand in "As it came".
        </p>
      ) : null}
    </>
  );
}
