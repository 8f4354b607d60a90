import Table from "@cloudscape-design/components/table";
import type { Incident } from "../logic/incidentList";
import { minute } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";
import { Again, Age, Cause, common, type ListProperties, Title } from "./incidentFields";

export function IncidentTable(properties: ListProperties) {
  return (
    <Table<Incident>
      {...common(properties)}
      wrapLines
      stickyHeader
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: "Incidents", selectionGroupLabel: "Incidents" }}
      columnDefinitions={[
        {
          id: "title",
          header: "Incident",
          isRowHeader: true,
          minWidth: 230,
          cell: (one) => (
            <>
              <Title one={one} />
              <div className="quiet">
                <span className="code">{one.incident_id}</span> <Again one={one} />
              </div>
            </>
          ),
        },
        {
          id: "severity",
          header: "Severity",
          minWidth: 100,
          cell: (one) => <SeverityBadge severity={one.severity ?? null} />,
        },
        {
          id: "status",
          header: "Status",
          minWidth: 180,
          cell: (one) => (
            <>
              <StatusBadge status={one.status} />
              {one.owner ? <div className="quiet">owner: {one.owner}</div> : null}
            </>
          ),
        },
        { id: "service", header: "Service", minWidth: 130, cell: (one) => one.service },
        { id: "cause", header: "Cause", minWidth: 150, cell: (one) => <Cause one={one} /> },
        {
          id: "opened",
          header: "Opened",
          minWidth: 150,
          cell: (one) => (
            <>
              {minute(one.opened_at)}
              <div className="quiet">
                <Age one={one} />
              </div>
            </>
          ),
        },
      ]}
    />
  );
}
