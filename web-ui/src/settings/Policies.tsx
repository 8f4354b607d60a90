import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { Loaded } from "../parts/Loaded";

type Policy = Schemas["PolicyText"];

function Group({ title, told, policies }: { title: string; told: string; policies: Policy[] }) {
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${policies.length})`} description={told}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="xs">
        {policies.map((one) => (
          <ExpandableSection
            key={one.policy_id}
            headerText={
              <>
                <span className="code">{one.policy_id}</span>{" "}
                <Badge color={one.effect === "permit" ? "green" : "grey"}>{one.effect}</Badge>
              </>
            }
            headerDescription={one.reason}
          >
            <pre className="json code" tabIndex={0} role="region" aria-label={`Text of ${one.policy_id}`}>
              {one.text}
            </pre>
            <Box color="text-body-secondary" fontSize="body-s">
              policies/{one.about === "messages" ? "messages/" : ""}
              {one.file}
            </Box>
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </Container>
  );
}

/** What may happen alone, what needs a person and what never happens, as it is written. */
export function Policies() {
  const found = useLoaded("policies", () => answered(api().GET("/policies")));
  return (
    <Loaded state={found}>
      {({ items }) => {
        const about = (kind: Policy["about"]) => items.filter((one) => one.about === kind);
        return (
          <SpaceBetween size="l">
            <Group
              title="Policies on actions"
              told="Whatever none of them permits does not happen, and a forbid outweighs every permit. They are changed with the deployment, never from a page."
              policies={about("actions")}
            />
            <Group title="Policies on messages" told="Which tickets, issues and pages may leave." policies={about("messages")} />
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}
