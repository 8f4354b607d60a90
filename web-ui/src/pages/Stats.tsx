import Alert from "@cloudscape-design/components/alert";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { approvalHealth, medianTold, shareTold, type Spread, tooFew } from "../logic/stats";
import { dollars, sentence, span } from "../logic/words";
import { Bars } from "../parts/Bars";
import { Loaded } from "../parts/Loaded";

type Told = Schemas["Stats"];

const NOT_YET = "None yet";

function amount(spread: Spread): string {
  return medianTold(spread, (value) => String(Math.round(value * 100) / 100), NOT_YET);
}

function named(counts: Record<string, number>) {
  return Object.entries(counts).map(([name, value]) => ({ name: sentence(name), value }));
}

interface PanelProperties {
  title: string;
  facts: [label: string, value: string][];
  children?: ReactNode;
}

function Panel({ title, facts, children }: PanelProperties) {
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <SpaceBetween size="m">
        {facts.length ? <KeyValuePairs columns={2} items={facts.map(([label, value]) => ({ label, value }))} /> : null}
        {children}
      </SpaceBetween>
    </Container>
  );
}

function Speed({ stats }: { stats: Told }) {
  const phases = Object.entries(stats.phase_seconds).map(([name, spread]) => ({
    name: sentence(name),
    value: spread.median ?? 0,
    told: medianTold(spread, span, "-"),
  }));
  return (
    <Panel
      title="How fast"
      facts={[
        ["From symptom to incident", medianTold(stats.seconds_to_detect, span, "Not known of any yet")],
        ["From incident to resolved", medianTold(stats.seconds_to_resolve, span, "None resolved yet")],
      ]}
    >
      <Bars title="Where the time goes" bars={phases} />
    </Panel>
  );
}

function Right({ stats }: { stats: Told }) {
  const { accuracy, noise, repeats } = stats;
  const graded =
    accuracy.mean_percent === null
      ? "None graded yet: a verdict is graded on its incident's page"
      : `${Math.round(accuracy.mean_percent)} % (of ${accuracy.graded} graded)`;
  return (
    <Panel
      title="How right"
      facts={[
        ["Right about the cause", graded],
        ["Noise", shareTold(noise.share, `${noise.duplicates} duplicates, ${noise.healthy} healthy`, "None has ended yet")],
        ["Came again", shareTold(repeats.share, `${repeats.repeated} of ${repeats.with_cause} causes`, "No cause was found yet")],
      ]}
    >
      <Bars title="Verdicts by grade" bars={named(accuracy.by_mark)} />
    </Panel>
  );
}

function People({ stats }: { stats: Told }) {
  const { approvals } = stats;
  const unanswered = (approvals.by_status.void ?? 0) - approvals.void_after_yes;
  return (
    <Panel
      title="Approvals and actions"
      facts={[
        ["Asked", `${approvals.asked}, ${stats.pending_approvals} waiting`],
        ["Decided by somebody", approvalHealth({ ...approvals.by_status, approved: approvals.approved, denied: approvals.denied, void: unanswered })],
        ["Void after a yes", `${approvals.void_after_yes}`],
        ["Time to decide", medianTold(approvals.seconds_to_decide, span, "Nobody has decided yet")],
      ]}
    >
      <Bars title="Approvals" bars={named(approvals.by_status)} />
      <Bars title="Actions" bars={named(stats.actions_by_status)} />
    </Panel>
  );
}

function Price({ stats }: { stats: Told }) {
  const { cost } = stats;
  return (
    <Panel
      title="At what cost, an incident"
      facts={[
        ["Model", medianTold(cost.dollars, dollars, NOT_YET)],
        ["Tokens", amount(cost.tokens)],
        ["Steps", amount(cost.steps)],
        ["Tool calls", amount(cost.tool_calls)],
      ]}
    />
  );
}

function Numbers({ stats }: { stats: Told }) {
  const few = tooFew(stats.total);
  return (
    <SpaceBetween size="l">
      {few ? <Alert type="info">{few}</Alert> : null}
      <ColumnLayout columns={2}>
        <Speed stats={stats} />
        <Right stats={stats} />
        <People stats={stats} />
        <SpaceBetween size="l">
          <Price stats={stats} />
          {stats.total ? (
            <Panel title="How many" facts={[]}>
              <Bars title="By status" bars={named(stats.by_status)} />
              <Bars title="By severity" bars={named(stats.by_severity)} />
            </Panel>
          ) : null}
        </SpaceBetween>
      </ColumnLayout>
    </SpaceBetween>
  );
}

export default function Stats() {
  const found = useLoaded("stats", () => answered(api().GET("/stats")));
  const counted = found.value;
  const newest = counted && !counted.is_complete ? ", the newest ones" : "";
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={counted ? `Of ${counted.total} incidents${newest}. Times and amounts are medians, each with how many it is of.` : ""}
      >
        Statistics
      </Header>
      <Loaded state={found}>{(stats) => <Numbers stats={stats} />}</Loaded>
    </SpaceBetween>
  );
}
