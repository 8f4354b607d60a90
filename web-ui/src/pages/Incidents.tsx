import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { lazy, useCallback } from "react";
import { useSettled } from "../live/useSettled";
import { wantedIn } from "../logic/incidentList";
import { Fresh } from "../parts/Fresh";
import { Problem } from "../parts/Problem";
import { SEVERITIES, STATUSES } from "../parts/badges";
import { useNarrow } from "../shell/appearance";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay } from "../shell/SessionContext";
import { IncidentFilters } from "./IncidentFilters";
import { IncidentTable } from "./IncidentTable";
import { type LoadedList, useIncidents } from "./useIncidents";

// Only a phone needs the cards.
const IncidentCards = lazy(() => import("./IncidentCards"));

const ROWS = 25;
const PAUSE = 300;

function toldOf(list: LoadedList, filtered: boolean): string {
  if (!filtered) return "";
  const found = `${list.items.length} found`;
  if (list.loading) return `${found}, looking through older ones`;
  return list.cursor ? `${found} so far` : found;
}

function Empty({ filtered, onAll }: { filtered: boolean; onAll: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <b>{filtered ? "No incident fits" : "No incidents"}</b>
        {filtered ? (
          <Button onClick={onAll}>Show all again</Button>
        ) : (
          <span>An alarm opens one by itself, or you do.</span>
        )}
      </SpaceBetween>
    </Box>
  );
}

export function Incidents() {
  const { query } = useRoute();
  const narrow = useNarrow();
  const mayOpen = useMay("responder");
  const typed = wantedIn(query, STATUSES, SEVERITIES);
  const text = useSettled(typed.text, PAUSE);
  const asked = Math.max(1, Math.floor(Number(query.get("page"))) || 1);
  const list = useIncidents({ ...typed, text }, asked * ROWS);
  const { items, cursor, polling } = list;
  const pages = Math.max(1, Math.ceil(items.length / ROWS));
  const page = Math.min(pages, asked);
  const rows = items.slice((page - 1) * ROWS, page * ROWS);
  const filtered = Boolean(typed.text || typed.severity || typed.status);
  const change = useCallback(
    (part: Record<string, string | undefined>) => keepInAddress({ page: undefined, ...part }),
    [],
  );

  const header = (
    <Header
      variant="h1"
      counter={`(${items.length}${cursor ? "+" : ""})`}
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
  const pagination = (
    <Pagination
      currentPageIndex={page}
      pagesCount={pages}
      openEnd={cursor !== null}
      disabled={list.loading}
      onChange={({ detail }) => keepInAddress({ page: String(detail.currentPageIndex) })}
    />
  );
  const List = narrow ? IncidentCards : IncidentTable;
  const isLoading = !polling.error && !list.error && (polling.updatedAt === undefined || (list.loading && !rows.length));
  return (
    <SpaceBetween size="m">
      <Problem error={polling.error} onRetry={polling.refresh} />
      <Problem error={list.error} onRetry={() => void list.loadOlder()} />
      <List
        items={rows}
        header={header}
        filter={<IncidentFilters wanted={typed} told={toldOf(list, filtered)} onChange={change} />}
        pagination={pagination}
        empty={
          <Empty
            filtered={filtered}
            onAll={() => change({ text: undefined, severity: undefined, status: undefined })}
          />
        }
        loading={isLoading}
      />
    </SpaceBetween>
  );
}
