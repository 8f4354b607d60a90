import { useCallback, useEffect, useRef, useState } from "react";
import { answered, api } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { type Polling, usePolling } from "../live/usePolling";
import { appended, type Incident, queryOf, refreshed, type Wanted } from "../logic/incidentList";

const FIRST_PAGE = 50;
const OLDER = 200;

export interface LoadedList {
  items: Incident[];
  /** Where older ones begin; null where there are none. */
  cursor: string | null;
  polling: Polling;
  /** Whether older ones are being looked through. */
  loading: boolean;
  error: ApiError | undefined;
  loadOlder: () => Promise<void>;
}

const NOTHING = { items: [] as Incident[], cursor: null as string | null, grown: false, about: "" };

/** The newest incidents that are wanted, live, and as many older ones as were asked for. */
export function useIncidents(wanted: Wanted, atLeast: number): LoadedList {
  const query = queryOf(wanted);
  const about = JSON.stringify(query);
  const [list, setList] = useState(NOTHING);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<ApiError>();
  const seen = useRef("");
  // What was loaded for other words is not shown for these.
  const { items, cursor } = list.about === about ? list : NOTHING;

  const polling = usePolling(about, async (signal) => {
    const first = await answered(
      api().GET("/incident-summaries", { params: { query: { limit: FIRST_PAGE, ...query } }, signal }),
    );
    const now = `${about} ${first.items.map((one) => `${one.incident_id} ${one.version}`).join()}`;
    if (now === seen.current) return false;
    seen.current = now;
    setList((was) => {
      const kept = was.about === about ? was : NOTHING;
      const fresh = refreshed(kept.items, first.items, first.cursor === null);
      return { items: fresh, cursor: kept.grown ? kept.cursor : first.cursor, grown: kept.grown, about };
    });
    return true;
  });

  const loadOlder = useCallback(async () => {
    if (!cursor || loading) return;
    setLoading(true);
    setError(undefined);
    try {
      const asked = { limit: OLDER, cursor, ...(JSON.parse(about) as typeof query) };
      const found = await answered(api().GET("/incident-summaries", { params: { query: asked } }));
      setList((was) =>
        was.about === about
          ? { items: appended(was.items, found.items), cursor: found.cursor, grown: true, about }
          : was,
      );
    } catch (failed) {
      setError(told(failed));
    }
    setLoading(false);
  }, [about, cursor, loading]);

  // A search looks at a part at a time: it goes on until there is something to see, or nothing is left.
  const isShort = cursor !== null && items.length < atLeast && !error;
  useEffect(() => {
    if (isShort && !loading) void loadOlder();
  }, [isShort, loading, loadOlder]);

  return { items, cursor, polling, loading, error, loadOlder };
}
