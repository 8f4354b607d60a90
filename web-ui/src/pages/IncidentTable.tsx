import Table from "@cloudscape-design/components/table";
import type { Incident } from "../logic/incidentList";
import { moment } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";
import { Again, Cause, common, Lasted, type ListProperties, Title } from "./incidentFields";

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
          minWidth: 260,
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
        { id: "status", header: "Status", minWidth: 190, cell: (one) => <StatusBadge status={one.status} /> },
        { id: "service", header: "Service", minWidth: 140, cell: (one) => one.service },
        { id: "cause", header: "Cause", minWidth: 180, cell: (one) => <Cause one={one} /> },
        { id: "owner", header: "Owner", minWidth: 90, cell: (one) => one.owner || <span className="quiet">-</span> },
        { id: "opened", header: "Opened", minWidth: 170, cell: (one) => moment(one.opened_at) },
        { id: "lasted", header: "Lasted", minWidth: 90, cell: (one) => <Lasted one={one} /> },
      ]}
    />
  );
}
