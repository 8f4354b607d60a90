import Cards from "@cloudscape-design/components/cards";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useNow } from "../live/useNow";
import type { Incident } from "../logic/incidentList";
import { ago, moment, span, words } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";

interface Properties {
  items: Incident[];
  header: ReactNode;
  filter: ReactNode;
  pagination: ReactNode;
  empty: ReactNode;
  loading: boolean;
}

function lasted(incident: Incident, now: number): string {
  const end = incident.closed_at ? Date.parse(incident.closed_at) : now;
  return span((end - Date.parse(incident.opened_at)) / 1000);
}

function cause(incident: Incident): string {
  const found = incident.verdict?.root_cause;
  return found ? `${found.component}: ${words(found.fault)}` : "";
}

export function IncidentTable({ items, header, filter, pagination, empty, loading }: Properties) {
  const now = useNow(5_000);
  return (
    <Table<Incident>
      variant="full-page"
      items={items}
      trackBy="incident_id"
      header={header}
      filter={filter}
      pagination={pagination}
      empty={empty}
      loading={loading}
      loadingText="Loading incidents"
      wrapLines
      stickyHeader
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: "Incidents", selectionGroupLabel: "Incidents" }}
      columnDefinitions={[
        {
          id: "title",
          header: "Incident",
          isRowHeader: true,
          minWidth: 260,
          cell: (one) => (
            <>
              <Link href={`#/incidents/${one.incident_id}`}>{one.title}</Link>
              <div className="quiet code">{one.incident_id}</div>
            </>
          ),
        },
        { id: "severity", header: "Severity", minWidth: 100, cell: (one) => <SeverityBadge severity={one.severity} /> },
        { id: "status", header: "Status", minWidth: 190, cell: (one) => <StatusBadge status={one.status} /> },
        { id: "service", header: "Service", minWidth: 140, cell: (one) => one.service },
        { id: "cause", header: "Cause", minWidth: 180, cell: (one) => cause(one) || <span className="quiet">-</span> },
        { id: "opened", header: "Opened", minWidth: 170, cell: (one) => moment(one.opened_at) },
        { id: "lasted", header: "Lasted", minWidth: 90, cell: (one) => lasted(one, now) },
      ]}
    />
  );
}

export function IncidentCards({ items, header, filter, pagination, empty, loading }: Properties) {
  const now = useNow(5_000);
  return (
    <Cards<Incident>
      variant="full-page"
      items={items}
      trackBy="incident_id"
      header={header}
      filter={filter}
      pagination={pagination}
      empty={empty}
      loading={loading}
      loadingText="Loading incidents"
      cardsPerRow={[{ cards: 1 }]}
      ariaLabels={{ selectionGroupLabel: "Incidents", itemSelectionLabel: (_, one) => one.title }}
      cardDefinition={{
        header: (one) => (
          <Link href={`#/incidents/${one.incident_id}`} fontSize="heading-s">
            {one.title}
          </Link>
        ),
        sections: [
          {
            id: "state",
            content: (one) => (
              <SpaceBetween direction="horizontal" size="s" alignItems="center">
                <SeverityBadge severity={one.severity} />
                <StatusBadge status={one.status} />
              </SpaceBetween>
            ),
          },
          {
            id: "facts",
            content: (one) => (
              <>
                <div>{cause(one) || one.service}</div>
                <div className="quiet">
                  {one.incident_id} · {ago(one.opened_at, now)}
                </div>
              </>
            ),
          },
        ],
      }}
    />
  );
}
