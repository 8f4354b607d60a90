import Cards from "@cloudscape-design/components/cards";
import { causeIn, type Incident } from "../logic/incidentList";
import { Again, common, type ListProperties, Opened, State, Title } from "./incidentFields";

export default function IncidentCards(properties: ListProperties) {
  return (
    <Cards<Incident>
      {...common(properties)}
      cardsPerRow={[{ cards: 1 }]}
      ariaLabels={{ selectionGroupLabel: "Incidents", itemSelectionLabel: (_, one) => one.title }}
      cardDefinition={{
        header: (one) => <Title one={one} heading />,
        sections: [
          { id: "state", content: (one) => <State one={one} /> },
          {
            id: "facts",
            content: (one) => (
              <>
                <div>{causeIn(one) || one.service}</div>
                <div className="quiet">
                  {one.incident_id} · <Opened one={one} /> <Again one={one} />
                </div>
              </>
            ),
          },
        ],
      }}
    />
  );
}
