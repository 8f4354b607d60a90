import Button from "@cloudscape-design/components/button";
import { openEvidence } from "../incident/cite";
import "./citations.css";

interface Citation {
  evidence_id: string;
  quote: string;
  /** From which byte to which; missing where code never found the place. */
  span: readonly number[] | null;
}

/** The evidence behind a claim; each opens the very place. `of` names the case where a page shows several. */
export function Citations({ citations, of }: { citations: Citation[]; of?: string }) {
  if (!citations.length) return null;
  return (
    <ul className="citations">
      {citations.map(({ evidence_id: id, quote, span }) => (
        <li key={`${id} ${quote} ${span?.[0] ?? ""}`}>
          <Button
            variant="inline-link"
            ariaLabel={`Open evidence ${id}${quote ? `: ${quote.slice(0, 80)}` : ""}`}
            onClick={() => openEvidence(id, quote, span, of)}
          >
            {id}
          </Button>
          {quote ? <q className="code">{quote}</q> : null}
        </li>
      ))}
    </ul>
  );
}
