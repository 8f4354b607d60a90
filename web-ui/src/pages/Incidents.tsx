import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { lazy, useCallback, useDeferredValue, useMemo } from "react";
import { chosen } from "../logic/incidentList";
import { Fresh } from "../parts/Fresh";
import { Problem } from "../parts/Problem";
import { STATUSES, type Status } from "../parts/badges";
import { useNarrow } from "../shell/appearance";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay } from "../shell/SessionContext";
import { IncidentFilters } from "./IncidentFilters";
import { IncidentTable } from "./IncidentTable";
import { useIncidents } from "./useIncidents";

// Only a phone needs the cards.
const IncidentCards = lazy(() => import("./IncidentCards"));

const ROWS = 25;

export function Incidents() {
  const { query } = useRoute();
  const narrow = useNarrow();
  const mayOpen = useMay("responder");
  const text = query.get("text") ?? "";
  const severity = query.get("severity") ?? "";
  const asked = query.get("status");
  const status = STATUSES.find((one) => one === asked) as Status | undefined;
  const { items, cursor, polling, loading, loadOlder } = useIncidents(status);

  const soughtText = useDeferredValue(text);
  const found = useMemo(() => chosen(items, { text: soughtText, severity }), [items, soughtText, severity]);
  const pages = Math.max(1, Math.ceil(found.length / ROWS));
  const page = Math.min(pages, Math.max(1, Number(query.get("page")) || 1));
  const rows = found.slice((page - 1) * ROWS, page * ROWS);
  const filtered = Boolean(text || severity || status);
  const change = useCallback(
    (part: Record<string, string | undefined>) => keepInAddress({ page: undefined, ...part }),
    [],
  );

  const header = (
    <Header
      variant="h1"
      counter={`(${found.length}${cursor ? "+" : ""})`}
      info={<Fresh polling={polling} />}
      actions={
        mayOpen ? (
          <Button variant="primary" href="#/incidents/new">
            Open an incident
          </Button>
        ) : undefined
      }
    >
      Incidents
    </Header>
  );
  const filter = (
    <IncidentFilters
      text={text}
      severity={severity}
      status={status ?? ""}
      onChange={change}
      told={filtered ? `${found.length} of ${items.length} looked at` : ""}
    />
  );
  const footer = (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <Pagination
        currentPageIndex={page}
        pagesCount={pages}
        onChange={({ detail }) => keepInAddress({ page: String(detail.currentPageIndex) })}
      />
      {cursor ? (
        <Button loading={loading} onClick={() => void loadOlder()}>
          Look at older ones
        </Button>
      ) : null}
    </SpaceBetween>
  );
  const empty = (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <b>{filtered ? "None of those looked at fits" : "No incidents"}</b>
        {filtered ? (
          <Button onClick={() => change({ text: undefined, severity: undefined, status: undefined })}>
            Show all again
          </Button>
        ) : (
          <span>An alarm opens one by itself, or you do.</span>
        )}
      </SpaceBetween>
    </Box>
  );
  const List = narrow ? IncidentCards : IncidentTable;
  const isLoading = polling.updatedAt === undefined && !polling.error;
  return (
    <SpaceBetween size="m">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <List items={rows} header={header} filter={filter} pagination={footer} empty={empty} loading={isLoading} />
    </SpaceBetween>
  );
}
