import { brief, words } from "../logic/words";
import { Marked } from "../parts/Marked";
import "./evidence.css";

interface Properties {
  name: string;
  records: Record<string, unknown>[];
  quote: string | undefined;
}

const MOST = 300;

/** A list of things with the same fields, as a table. */
export function Records({ name, records, quote }: Properties) {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return (
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
          {records.slice(0, MOST).map((record, number) => (
            // What a tool lists has no key of its own, and never changes.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={number}>
              {columns.map((column) => (
                <td key={column}>
                  <Marked text={brief(record[column])} quote={quote} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
