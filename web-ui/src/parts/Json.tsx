import { Marked } from "./Marked";
import "./json.css";

interface Properties {
  value: unknown;
  label: string;
  /** What in it is to be lit. */
  quote?: string | undefined;
}

/** Any value as text: what a tool said is never markup. */
export function Json({ value, label, quote }: Properties) {
  return (
    <pre className="json code" tabIndex={0} role="region" aria-label={label}>
      <Marked text={JSON.stringify(value, null, 2) ?? ""} quote={quote} />
    </pre>
  );
}
