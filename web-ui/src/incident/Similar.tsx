import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { moment, words } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import { StatusBadge } from "../parts/badges";
import { Remembered } from "./Remembered";
import type { IncidentView } from "./useIncident";

type One = Schemas["SimilarIncident"];

/** Past incidents like this one: hints, never evidence. */
export default function Similar({ incident }: { incident: IncidentView }) {
  const { incident_id: id } = incident;
  const path = { incident_id: id };
  const found = useLoaded(id, () =>
    answered(api().GET("/incidents/{incident_id}/similar", { params: { path } })),
  );
  return (
    <SpaceBetween size="l">
      <Remembered incident={incident} />
      <Loaded state={found}>
      {(page) => (
        <Table<One>
          variant="embedded"
          header={<Header variant="h3">Incidents like this one</Header>}
          items={page.items}
          trackBy="incident_id"
          wrapLines
          ariaLabels={{ tableLabel: "Similar incidents", selectionGroupLabel: "Similar incidents" }}
          empty={<Box>Nothing like it happened before.</Box>}
          columnDefinitions={[
            {
              id: "title",
              header: "Incident",
              isRowHeader: true,
              cell: (one) => (
                <>
                  <Link href={`#/incidents/${one.incident_id}`}>{one.title}</Link>
                  <div className="quiet">
                    {one.incident_id}, {moment(one.opened_at)}
                  </div>
                </>
              ),
            },
            { id: "status", header: "Status", cell: (one) => <StatusBadge status={one.status} /> },
            { id: "cause", header: "Cause then", cell: (one) => one.cause || words(one.fault) || "-" },
            { id: "fix", header: "What mended it", cell: (one) => one.fix || "-" },
            {
              id: "why",
              header: "In common",
              cell: (one) => (
                <>
                  <Badge>{one.label}</Badge> likeness {one.score.toFixed(1)}
                  <div className="quiet">{one.shared.join(", ")}</div>
                </>
              ),
            },
          ]}
        />
      )}
      </Loaded>
    </SpaceBetween>
  );
}
