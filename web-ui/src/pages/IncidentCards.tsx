import Cards from "@cloudscape-design/components/cards";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNow } from "../live/useNow";
import { causeIn, type Incident } from "../logic/incidentList";
import { ago } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";
import type { ListProperties } from "./IncidentTable";

export default function IncidentCards({ items, header, filter, pagination, empty, loading }: ListProperties) {
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
                <div>{causeIn(one) || one.service}</div>
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
