import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, told } from "../api/problem";

export interface LoadedState<T> {
  value: T | undefined;
  error: ApiError | undefined;
  reload: () => void;
}

/** Asks once for what `about` names, and again when told to; an old answer never covers a new one. */
export function useLoaded<T>(about: string, ask: () => Promise<T>): LoadedState<T> {
  const [state, setState] = useState<{ value: T | undefined; error: ApiError | undefined }>({
    value: undefined,
    error: undefined,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    let current = true;
    latest.current().then(
      (value) => current && setState({ value, error: undefined }),
      (failed: unknown) => current && setState((was) => ({ ...was, error: told(failed) })),
    );
    return () => {
      current = false;
    };
  }, [about, round]);
  const reload = useCallback(() => setRound((number) => number + 1), []);
  return { ...state, reload };
}
