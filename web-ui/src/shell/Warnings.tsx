import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { useOnline } from "../live/useOnline";
import { useNow } from "../live/useNow";
import { span } from "../logic/words";
import type { Shell } from "./useShell";

const ENDING = 600_000;

/** What is wrong with what is shown: offline, not answered, or actions switched off. */
export function Warnings({ shell, signedIn }: { shell: Shell; signedIn: boolean }) {
  const online = useOnline();
  const now = useNow(5_000);
  const items: FlashbarProps.MessageDefinition[] = [];
  const age = shell.updatedAt ? ` What you see is ${span((now - shell.updatedAt) / 1000)} old.` : "";
  if (!online) {
    items.push({ id: "offline", type: "warning", content: `You are offline.${age} It goes on by itself once you are back.` });
  } else if (signedIn && shell.error && shell.error.status !== 401) {
    items.push({ id: "silent", type: "error", content: `${shell.error.message}${age} This page keeps trying.` });
  }
  if (signedIn && shell.session && !shell.session.actions.is_on) {
    items.push({
      id: "actions",
      type: "info",
      content: `ITOps looks but does not act: ${shell.session.actions.reason}. Approved plans are not carried out.`,
    });
  }
  const ends = signedIn && shell.session?.ends_at ? Date.parse(shell.session.ends_at) - now : Infinity;
  if (ends < ENDING) {
    items.push({
      id: "ending",
      type: "warning",
      content: `Your session ends in ${span(ends / 1000)}. What you type is kept; sign in again then.`,
    });
  }
  return items.length ? <Flashbar items={items} /> : null;
}
