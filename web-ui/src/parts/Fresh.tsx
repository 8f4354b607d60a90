import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useNow } from "../live/useNow";
import type { Polling } from "../live/usePolling";
import { span } from "../logic/words";

const STALE = 30_000;

/** How old what is shown is, and whether it is still looked after. */
export function Fresh({ polling, over = false }: { polling: Polling; over?: boolean }) {
  const now = useNow(1_000);
  const age = polling.updatedAt === undefined ? undefined : now - polling.updatedAt;
  if (over && !polling.error) return <StatusIndicator type="stopped">Final</StatusIndicator>;
  if (age === undefined) {
    return polling.error ? (
      <StatusIndicator type="error">No answer</StatusIndicator>
    ) : (
      <StatusIndicator type="loading">Loading</StatusIndicator>
    );
  }
  if (polling.error || age > STALE) {
    return <StatusIndicator type="warning">Stale: {span(age / 1000)} old</StatusIndicator>;
  }
  return (
    <Box color="text-status-success" display="inline">
      <StatusIndicator type="success">Live</StatusIndicator>
    </Box>
  );
}
