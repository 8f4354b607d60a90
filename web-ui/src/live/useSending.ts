import { useCallback, useState } from "react";
import { type ApiError, told } from "../api/problem";

/** Sends something once at a time; what goes wrong is told and nothing is thrown. */
export function useSending() {
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<ApiError>();
  const send = useCallback(async (work: () => Promise<void>) => {
    setSending(true);
    setError(undefined);
    try {
      await work();
    } catch (failed) {
      setError(told(failed));
    }
    setSending(false);
  }, []);
  return { sending, error, send };
}
