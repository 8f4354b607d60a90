import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { answered, api, once } from "../api/client";
import { useForm } from "../live/useForm";
import { bodyOf, type Faults, faultsOf, KINDS, type Typed } from "../logic/newPipeline";
import { sentence } from "../logic/words";
import { FormPage, optional } from "../parts/FormPage";
import { ServicesField } from "../parts/ServicesField";
import { go } from "../shell/route";

const EMPTY: Omit<Typed, "key"> = {
  name: "",
  kind: "pipeline",
  arn: "",
  owner: "",
  tier: "2",
  description: "",
  logGroups: "",
  dependsOn: [],
  runbook: "",
  repeatable: "",
};
const TIERS = [
  { value: "1", label: "1: customers notice at once" },
  { value: "2", label: "2" },
  { value: "3", label: "3" },
  { value: "4", label: "4: it may wait" },
];
const REPEATABLE = [
  { value: "", label: "Not known" },
  { value: "yes", label: "Yes: a second run with the same input does nothing twice" },
  { value: "no", label: "No: a second run does something twice" },
];

interface Fields {
  typed: Typed;
  faults: Faults;
  change: (part: Partial<Typed>) => void;
}

function Choice({ label, about, options, value, onChoose }: {
  label: string;
  about?: string;
  options: SelectProps.Option[];
  value: string;
  onChoose: (value: string) => void;
}) {
  return (
    <FormField label={label} description={about}>
      <Select
        options={options}
        selectedOption={options.find((one) => one.value === value) ?? null}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}

function WhatItIs({ typed, faults, change }: Fields) {
  return (
    <Container header={<Header variant="h2">What it is</Header>}>
      <SpaceBetween size="l">
        <FormField label="Name" description="What alarms and people call it." errorText={faults.name} stretch>
          <Input
            value={typed.name}
            autoComplete={false}
            placeholder="customer-etl"
            onChange={({ detail }) => change({ name: detail.value })}
          />
        </FormField>
        <Choice
          label="Kind"
          options={KINDS.map((value) => ({ value, label: sentence(value) }))}
          value={typed.kind}
          onChoose={(kind) => change({ kind })}
        />
        <FormField
          label={typed.kind === "pipeline" ? "State machine" : optional("State machine")}
          description="Its ARN; failures, trend and drawings come from there."
          errorText={faults.arn}
          stretch
        >
          <Input
            value={typed.arn}
            autoComplete={false}
            placeholder="arn:aws:states:eu-west-1:123456789012:stateMachine:customer-etl"
            onChange={({ detail }) => change({ arn: detail.value })}
          />
        </FormField>
        <FormField label={optional("Description")} errorText={faults.description} stretch>
          <Textarea rows={2} value={typed.description} onChange={({ detail }) => change({ description: detail.value })} />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function HowItIsRun({ typed, faults, change }: Fields) {
  return (
    <Container header={<Header variant="h2">Whose it is, and what it leans on</Header>}>
      <SpaceBetween size="l">
        <FormField label={optional("Owner")} description="The team that is told of its failures." errorText={faults.owner} stretch>
          <Input value={typed.owner} autoComplete={false} placeholder="data-team" onChange={({ detail }) => change({ owner: detail.value })} />
        </FormField>
        <Choice label="Tier" options={TIERS} value={typed.tier} onChoose={(tier) => change({ tier })} />
        <FormField
          label={optional("Depends on")}
          description="What it leans on; several that fail at once may have it in common."
          errorText={faults.dependsOn}
          stretch
        >
          <ServicesField
            chosen={typed.dependsOn}
            invalid={Boolean(faults.dependsOn)}
            onChange={(dependsOn) => change({ dependsOn })}
          />
        </FormField>
        <FormField label={optional("Log groups")} description="One a line." errorText={faults.logGroups} stretch>
          <Textarea
            rows={2}
            value={typed.logGroups}
            placeholder="/aws/lambda/clean-customers"
            onChange={({ detail }) => change({ logGroups: detail.value })}
          />
        </FormField>
        <FormField label={optional("Runbook")} errorText={faults.runbook} stretch>
          <Input value={typed.runbook} autoComplete={false} placeholder="pipeline_failed" onChange={({ detail }) => change({ runbook: detail.value })} />
        </FormField>
        <Choice
          label="May it run twice?"
          about="ITOps offers to rerun only what may."
          options={REPEATABLE}
          value={typed.repeatable}
          onChoose={(repeatable) => change({ repeatable })}
        />
      </SpaceBetween>
    </Container>
  );
}

async function register(typed: Typed): Promise<void> {
  const made = await answered(api().POST("/pipelines", { body: bodyOf(typed), params: { header: once(typed.key) } }));
  go(`/pipelines/${encodeURIComponent(made.entry_id)}`);
}

/** Puts a pipeline or service into the catalog; what stands there under its name is not touched. */
export default function Register() {
  const { typed, change, faults, sending, error, submit } = useForm<Typed, Faults>("pipeline", EMPTY, faultsOf, register);
  return (
    <FormPage
      title="Register a pipeline"
      description="From then on it is watched, asked about and told of by this name."
      submit="Register"
      task="Registering a pipeline"
      needed="approver"
      back="#/pipelines"
      sending={sending}
      error={error}
      onSubmit={submit}
    >
      <WhatItIs typed={typed} faults={faults} change={change} />
      <HowItIsRun typed={typed} faults={faults} change={change} />
    </FormPage>
  );
}
