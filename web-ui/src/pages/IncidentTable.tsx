import Link from "@cloudscape-design/components/link";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useNow } from "../live/useNow";
import { causeIn, type Incident } from "../logic/incidentList";
import { moment, span } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";

export interface ListProperties {
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

export function IncidentTable({ items, header, filter, pagination, empty, loading }: ListProperties) {
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
        { id: "cause", header: "Cause", minWidth: 180, cell: (one) => causeIn(one) || <span className="quiet">-</span> },
        { id: "opened", header: "Opened", minWidth: 170, cell: (one) => moment(one.opened_at) },
        { id: "lasted", header: "Lasted", minWidth: 90, cell: (one) => lasted(one, now) },
      ]}
    />
  );
}
