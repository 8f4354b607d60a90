import { type Lit, printed } from "../logic/spans";
import { Marked } from "../parts/Marked";
import "../parts/json.css";

/** A tool's whole answer to the letter, with line breaks put in and what is cited lit. */
export function AsItCame({ lit }: { lit: Lit }) {
  return (
    <pre className="json json-tall code" tabIndex={0} role="region" aria-label="The whole answer">
      <Marked pieces={printed(lit)} />
    </pre>
  );
}
