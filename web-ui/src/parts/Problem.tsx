import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { type ApiError, wayOn } from "../api/problem";

interface Properties {
  error: ApiError | undefined;
  onRetry?: (() => void) | undefined;
}

/** An error in words, with a way on. */
export function Problem({ error, onRetry }: Properties) {
  if (!error) return null;
  const hint = wayOn(error.status);
  return (
    <Alert
      type="error"
      header={error.message}
      action={onRetry ? <Button onClick={onRetry}>Try again</Button> : undefined}
    >
      {error.faults.length > 0 ? (
        <ul>
          {error.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      ) : null}
      {hint}
    </Alert>
  );
}
