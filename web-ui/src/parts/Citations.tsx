import Button from "@cloudscape-design/components/button";
import { openEvidence } from "../incident/cite";
import { quoteTold } from "../logic/quotes";
import "./citations.css";

const MOST = 6;

/** The quoted words as people read them; to the letter they stand in the evidence that opens. */
function Quote({ told }: { told: string }) {
  const lines = told.split("\n");
  return (
    <q className="code">
      {lines.slice(0, MOST).join("\n")}
      {lines.length > MOST ? `\n… and ${lines.length - MOST} more` : ""}
    </q>
  );
}

interface Citation {
  evidence_id: string;
  quote: string;
  /** From which byte to which; missing where code never found the place. */
  span: readonly number[] | null;
}

function Cite({ citation, of }: { citation: Citation; of: string | undefined }) {
  const { evidence_id: id, quote, span } = citation;
  const told = quoteTold(quote);
  return (
    <li>
      <Button
        variant="inline-link"
        ariaLabel={`Open evidence ${id}${told ? `: ${told.slice(0, 80)}` : ""}`}
        onClick={() => openEvidence(id, quote, span, of)}
      >
        {id}
      </Button>
      {told ? <Quote told={told} /> : null}
    </li>
  );
}

/** The evidence behind a claim; each opens the very place. `of` names the case where a page shows several. */
export function Citations({ citations, of }: { citations: Citation[]; of?: string }) {
  if (!citations.length) return null;
  return (
    <ul className="citations">
      {citations.map((citation) => (
        <Cite key={`${citation.evidence_id} ${citation.quote} ${citation.span?.[0] ?? ""}`} citation={citation} of={of} />
      ))}
    </ul>
  );
}
