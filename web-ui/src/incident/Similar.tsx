import Badge from "@cloudscape-design/components/badge";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { minute, words } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import { Rows } from "../parts/Rows";
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
          <Rows<One>
            name="Incidents like this one"
            header={<Header variant="h3">Incidents like this one</Header>}
            items={page.items}
            trackBy="incident_id"
            empty="Nothing like it happened before."
            columns={[
              {
                id: "title",
                header: "Incident",
                minWidth: 220,
                cell: (one) => (
                  <>
                    <Link href={`#/incidents/${one.incident_id}`}>{one.title}</Link>
                    <div className="quiet">
                      {one.incident_id}, {minute(one.opened_at)}
                    </div>
                  </>
                ),
              },
              { id: "status", header: "Status", minWidth: 130, cell: (one) => <StatusBadge status={one.status} /> },
              { id: "cause", header: "Cause then", minWidth: 200, cell: (one) => one.cause || words(one.fault) || "-" },
              { id: "fix", header: "What mended it", minWidth: 180, cell: (one) => one.fix || "-" },
              {
                id: "why",
                header: "In common",
                minWidth: 200,
                cell: (one) => (
                  <>
                    <Badge>{one.label}</Badge> likeness {one.score.toFixed(1)}
                    <div className="quiet">{one.shared.map(words).join(", ")}</div>
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
