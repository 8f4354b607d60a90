import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useNow } from "../live/useNow";
import { countDown } from "../logic/words";

const SOON = 5 * 60_000;

export function CountDown({ until }: { until: string }) {
  const now = useNow(1_000);
  const left = countDown(until, now);
  if (left === null) return <StatusIndicator type="stopped">Expired</StatusIndicator>;
  const isSoon = Date.parse(until) - now < SOON;
  return <StatusIndicator type={isSoon ? "warning" : "pending"}>{left} left</StatusIndicator>;
}
