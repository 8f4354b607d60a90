import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { standingTold } from "../logic/settings";
import { sentence, words } from "../logic/words";
import { Lines } from "../parts/Lines";
import { Listing } from "../parts/Listing";
import { Loaded } from "../parts/Loaded";
import { Switch } from "./Switch";

type View = Schemas["ActionsView"];
type ActionClass = Schemas["ActionClass"];

function alone({ autonomy }: ActionClass) {
  return autonomy ? standingTold(autonomy) : "It changes nothing: people are told";
}

/** Whether anything is done at all, what can be done, and what of it has earned to happen alone. */
export function Actions() {
  const found = useLoaded("actions", () => answered(api().GET("/actions")));
  const [turned, setTurned] = useState<View>();
  return (
    <Loaded state={found}>
      {(loaded) => {
        const view = turned ?? loaded;
        return (
          <SpaceBetween size="l">
            <Switch view={view} onTurned={setTurned} />
            <Listing<ActionClass>
              title="Actions"
              description="Everything that can be done at all. The policies decide each time; alone happens only what has shown that it helps."
              items={view.items}
              trackBy="name"
              empty="There are none."
              columns={[
                {
                  id: "name",
                  header: "Action",
                  minWidth: 220,
                  cell: (one) => (
                    <>
                      <span className="code">{one.name}</span>
                      <Box fontSize="body-m" fontWeight="normal" color="text-body-secondary">
                        {one.description}
                      </Box>
                    </>
                  ),
                },
                { id: "risk", header: "Risk", cell: (one) => sentence(one.risk) },
                { id: "blast", header: "Blast radius", cell: (one) => sentence(one.blast_size) },
                { id: "undo", header: "Can be undone", cell: (one) => (one.reversible ? "Yes" : "No") },
                { id: "alone", header: "Has earned to happen alone", minWidth: 240, cell: alone },
              ]}
            />
            <Container header={<Header variant="h2">Which modes may do what</Header>}>
              <Lines
                title=""
                lines={Object.entries(view.modes).map(([mode, names]) => (
                  <>
                    {sentence(mode)}: {names.map(words).join(", ") || "nothing"}
                  </>
                ))}
              />
            </Container>
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}
