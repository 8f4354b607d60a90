import { useEffect, useState } from "react";
import { answered, api } from "../api/client";
import type { ApiError } from "../api/problem";
import { usePolling } from "../live/usePolling";
import type { Session } from "./SessionContext";

/** Told where something changed that every page shows around itself. */
export const SHELL_STALE = "itops-shell-stale";

export interface Shell {
  session: Session | undefined;
  /** How many approvals wait for somebody. */
  waiting: number;
  error: ApiError | undefined;
  updatedAt: number | undefined;
}

/** What every page shows around itself: who is signed in, what waits, whether the API answers. */
export function useShell(signedIn: boolean): Shell {
  const [session, setSession] = useState<Session>();
  const [waiting, setWaiting] = useState(0);
  const polling = usePolling(signedIn ? "shell" : "", async (signal) => {
    if (!signedIn) return "over";
    const [who, pending] = await Promise.all([
      answered(api().GET("/session", { signal })),
      answered(api().GET("/approvals", { params: { query: { status: "pending", limit: 50 } }, signal })),
    ]);
    setSession(who);
    setWaiting(pending.items.length);
    return false;
  });
  const { refresh } = polling;
  useEffect(() => {
    addEventListener(SHELL_STALE, refresh);
    return () => removeEventListener(SHELL_STALE, refresh);
  }, [refresh]);
  return { session: signedIn ? session : undefined, waiting, error: polling.error, updatedAt: polling.updatedAt };
}
