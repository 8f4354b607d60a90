import { type Lit, piecesOf } from "../logic/spans";
import { Marked } from "../parts/Marked";
import "./evidence.css";

export interface LogLine {
  at: string;
  message: string;
  stream?: string;
}

/** Log lines as they were written; the one that is cited is lit. */
export function LogLines({ lines, lit }: { lines: LogLine[]; lit: Lit }) {
  return (
    <ol className="log code" tabIndex={0} aria-label="Log lines">
      {lines.map((line, number) => {
        const isLit = lit.under(["lines", number]);
        const range = lit.at(["lines", number, "message"]);
        return (
          // Lines of a log may be the same, and never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={number} className={isLit ? "log-line log-lit" : "log-line"}>
            <span className="quiet">{number + 1}</span>
            <span>
              <Marked pieces={piecesOf(line.message, range)} />
              {isLit ? <span className="unseen"> (cited)</span> : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
