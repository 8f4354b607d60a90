import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, told } from "../api/problem";
import { type Found, Poller } from "./poller";

export interface Polling {
  error: ApiError | undefined;
  /** When the last good answer came; milliseconds. */
  updatedAt: number | undefined;
  refresh: () => void;
}

/** Runs `look` as long as the component is there; a new `about` starts afresh. */
export function usePolling(about: string, look: (signal: AbortSignal) => Promise<Found>): Polling {
  const [state, setState] = useState<Omit<Polling, "refresh">>({ error: undefined, updatedAt: undefined });
  const latest = useRef(look);
  const poller = useRef<Poller | undefined>(undefined);
  useEffect(() => {
    latest.current = look;
  });

  useEffect(() => {
    setState({ error: undefined, updatedAt: undefined });
    const one = new Poller(
      (signal) => latest.current(signal),
      (error) =>
        setState((was) =>
          error === undefined ? { error: undefined, updatedAt: Date.now() } : { ...was, error: told(error) },
        ),
    );
    poller.current = one;
    void one.now();
    return () => one.stop();
  }, [about]);

  const refresh = useCallback(() => void poller.current?.now(), []);
  return { ...state, refresh };
}
