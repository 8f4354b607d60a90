import Button from "@cloudscape-design/components/button";
import type { Schemas } from "../api/client";
import { openEvidence } from "../incident/cite";
import "./citations.css";

type Citation = Schemas["Citation"];

/** The evidence behind a claim; each opens the very place. */
export function Citations({ citations }: { citations: Citation[] }) {
  if (!citations.length) return null;
  return (
    <ul className="citations">
      {citations.map(({ evidence_id: id, quote }) => (
        <li key={`${id} ${quote}`}>
          <Button
            variant="inline-link"
            ariaLabel={`Open evidence ${id}${quote ? `: ${quote.slice(0, 80)}` : ""}`}
            onClick={() => openEvidence(id, quote)}
          >
            {id}
          </Button>
          {quote ? <q className="code">{quote}</q> : null}
        </li>
      ))}
    </ul>
  );
}
