import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { percent, sentence, words } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import { Lines } from "../parts/Lines";
import { useSession } from "../shell/SessionContext";
import { Maintenance } from "./Maintenance";

type ActionClass = Schemas["ActionClass"];

function alone(one: ActionClass) {
  const standing = one.autonomy;
  if (!standing) return "A person is asked, always";
  const told = `helped ${standing.helped} of ${standing.of}, surely ${percent(standing.lower_bound)} or more`;
  return standing.earned ? `Yes: ${told}` : `Not yet: ${told}; ${percent(standing.bar)} are asked for`;
}

function Actions() {
  const found = useLoaded("actions", () => answered(api().GET("/actions")));
  return (
    <Loaded state={found}>
      {(view) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                description="Switched by `itops actions on` or `off`: with the rights of the account, never from a page."
              >
                Are actions carried out?
              </Header>
            }
          >
            <StatusIndicator type={view.enabled ? "success" : "stopped"}>
              {view.enabled ? "On" : "Off"}: {view.reason}
            </StatusIndicator>
          </Container>
          <Table<ActionClass>
            items={view.items}
            trackBy="name"
            wrapLines
            ariaLabels={{ tableLabel: "Actions and policy", selectionGroupLabel: "Actions" }}
            header={
              <Header variant="h2" counter={`(${view.items.length})`} description="What may be done at all; the policy decides each time.">
                Actions
              </Header>
            }
            columnDefinitions={[
              {
                id: "name",
                header: "Action",
                isRowHeader: true,
                minWidth: 200,
                cell: (one) => (
                  <>
                    <span className="code">{one.name}</span>
                    <div className="quiet">{one.description}</div>
                  </>
                ),
              },
              { id: "risk", header: "Risk", cell: (one) => sentence(one.risk) },
              { id: "blast", header: "Blast radius", cell: (one) => sentence(one.blast_size) },
              { id: "undo", header: "Can be undone", cell: (one) => (one.reversible ? "yes" : "no") },
              { id: "alone", header: "Happens alone", minWidth: 180, cell: alone },
            ]}
          />
          <Container header={<Header variant="h2">Which modes may do what</Header>}>
            <Lines
              title=""
              lines={Object.entries(view.modes).map(([mode, names]) => `${words(mode)}: ${names.join(", ") || "nothing"}`)}
            />
          </Container>
        </SpaceBetween>
      )}
    </Loaded>
  );
}

export default function Settings() {
  const session = useSession();
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={session ? `${session.name}, ${session.role}, environment ${session.environment}` : ""}>
        Settings
      </Header>
      <Actions />
      <Maintenance />
      <Container header={<Header variant="h2">Tokens and tools</Header>}>
        <Box variant="p">
          Tokens are made and revoked where the account is at hand, never from a page:{" "}
          <code className="code">itops token create NAME --role responder</code>. What the agents may call stands in docs/tools.md.
        </Box>
      </Container>
    </SpaceBetween>
  );
}
