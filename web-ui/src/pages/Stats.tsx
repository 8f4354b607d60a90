import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { dollars, percent, sentence, span } from "../logic/words";
import { Bars } from "../parts/Bars";
import { Loaded } from "../parts/Loaded";

type Told = Schemas["Stats"];
type Spread = Schemas["Spread"];

function seconds(spread: Spread): string {
  return spread.median === null ? "-" : span(spread.median);
}

function amount(spread: Spread): string {
  return spread.median === null ? "-" : String(Math.round(spread.median * 100) / 100);
}

function named(counts: Record<string, number>) {
  return Object.entries(counts).map(([name, value]) => ({ name: sentence(name), value }));
}

function Speed({ stats }: { stats: Told }) {
  const phases = Object.entries(stats.phase_seconds).map(([name, spread]) => ({
    name: sentence(name),
    value: spread.median ?? 0,
    told: seconds(spread),
  }));
  return (
    <Container header={<Header variant="h2">How fast</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            { label: "To detect", value: seconds(stats.seconds_to_detect) },
            { label: "To resolve", value: seconds(stats.seconds_to_resolve) },
          ]}
        />
        <Bars title="Where the time goes (medians)" bars={phases} />
      </SpaceBetween>
    </Container>
  );
}

function Right({ stats }: { stats: Told }) {
  const { accuracy, noise, repeats } = stats;
  return (
    <Container header={<Header variant="h2">How right</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: "Verdicts graded",
              value: accuracy.mean_percent === null ? "none yet" : `${Math.round(accuracy.mean_percent)} % of ${accuracy.graded}`,
            },
            { label: "Noise", value: `${percent(noise.share)}: ${noise.duplicates} duplicates, ${noise.healthy} healthy` },
            { label: "Came again", value: `${percent(repeats.share)}: ${repeats.repeated} of ${repeats.with_cause}` },
          ]}
        />
        <Bars title="Grades" bars={named(accuracy.by_mark)} />
      </SpaceBetween>
    </Container>
  );
}

function People({ stats }: { stats: Told }) {
  return (
    <Container header={<Header variant="h2">Approvals and actions</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Asked", value: `${stats.approvals.asked}, ${stats.pending_approvals} waiting` },
            { label: "To decide", value: seconds(stats.approvals.seconds_to_decide) },
          ]}
        />
        <Bars title="Approvals" bars={named(stats.approvals.by_status)} />
        <Bars title="Actions" bars={named(stats.actions_by_status)} />
      </SpaceBetween>
    </Container>
  );
}

function Price({ stats }: { stats: Told }) {
  const { cost } = stats;
  return (
    <Container header={<Header variant="h2">At what cost</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Model, an incident", value: cost.dollars.median === null ? "-" : dollars(cost.dollars.median) },
          { label: "Tokens", value: amount(cost.tokens) },
          { label: "Steps", value: amount(cost.steps) },
          { label: "Tool calls", value: amount(cost.tool_calls) },
        ]}
      />
    </Container>
  );
}

export default function Stats() {
  const found = useLoaded("stats", () => answered(api().GET("/stats")));
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          found.value ? `${found.value.total} incidents${found.value.is_complete ? "" : ", the newest ones"}; medians.` : ""
        }
      >
        Statistics
      </Header>
      <Loaded state={found}>
        {(stats) => (
          <ColumnLayout columns={2}>
            <Container header={<Header variant="h2">How many</Header>}>
              <SpaceBetween size="m">
                <Bars title="By status" bars={named(stats.by_status)} />
                <Bars title="By severity" bars={named(stats.by_severity)} />
                {stats.total ? null : <Box>There were no incidents yet.</Box>}
              </SpaceBetween>
            </Container>
            <Speed stats={stats} />
            <Right stats={stats} />
            <People stats={stats} />
            <Price stats={stats} />
          </ColumnLayout>
        )}
      </Loaded>
    </SpaceBetween>
  );
}
