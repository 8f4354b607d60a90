import "./json.css";

/** Any value as text: what a tool said is never markup. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <pre className="json code" tabIndex={0} role="region" aria-label={label}>
      {JSON.stringify(value, null, 2) ?? ""}
    </pre>
  );
}
