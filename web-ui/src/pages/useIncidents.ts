import { useCallback, useEffect, useRef, useState } from "react";
import { answered, api } from "../api/client";
import { type Polling, usePolling } from "../live/usePolling";
import { appended, type Incident, refreshed } from "../logic/incidentList";
import type { Status } from "../parts/badges";

const FIRST_PAGE = 50;
const OLDER = 200;

interface Loaded {
  items: Incident[];
  /** Where older ones begin; null where there are none. */
  cursor: string | null;
  polling: Polling;
  loading: boolean;
  loadOlder: () => Promise<void>;
}

/** The newest incidents, live, and as many older ones as were asked for. */
export function useIncidents(status: Status | undefined): Loaded {
  const [items, setItems] = useState<Incident[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const grown = useRef(false);
  const seen = useRef("");

  useEffect(() => {
    setItems([]);
    setCursor(null);
    grown.current = false;
    seen.current = "";
  }, [status]);

  const page = useCallback(
    (limit: number, from?: string, signal?: AbortSignal) =>
      answered(
        api().GET("/incidents", {
          params: { query: { limit, ...(status ? { status } : {}), ...(from ? { cursor: from } : {}) } },
          ...(signal ? { signal } : {}),
        }),
      ),
    [status],
  );

  const polling = usePolling(`incidents ${status ?? ""}`, async (signal) => {
    const first = await page(FIRST_PAGE, undefined, signal);
    const now = first.items.map((one) => `${one.incident_id} ${one.updated_at}`).join();
    if (!grown.current) setCursor(first.cursor);
    if (now === seen.current) return false;
    seen.current = now;
    setItems((kept) => refreshed(kept, first.items, first.cursor === null));
    return true;
  });

  const loadOlder = useCallback(async () => {
    if (!cursor || loading) return;
    setLoading(true);
    try {
      const found = await page(OLDER, cursor);
      grown.current = true;
      setItems((kept) => appended(kept, found.items));
      setCursor(found.cursor);
    } finally {
      setLoading(false);
    }
  }, [cursor, loading, page]);

  return { items, cursor, polling, loading, loadOlder };
}
