import { holds } from "../logic/quotes";
import { Marked } from "../parts/Marked";
import "./evidence.css";

export interface LogLine {
  at: string;
  message: string;
  stream?: string;
}

/** Log lines as they were written; the one that is cited is lit. */
export function LogLines({ lines, quote }: { lines: LogLine[]; quote: string | undefined }) {
  return (
    <ol className="log code" tabIndex={0} aria-label="Log lines">
      {lines.map((line, number) => {
        const lit = holds(line.message, quote);
        return (
          // Lines of a log may be the same, and never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={number} className={lit ? "log-line log-lit" : "log-line"}>
            <span className="quiet">{number + 1}</span>
            <span>{lit ? <Marked text={line.message} quote={quote} /> : line.message}</span>
          </li>
        );
      })}
    </ol>
  );
}
