import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { answered, api, once } from "../api/client";
import { useForm } from "../live/useForm";
import { type Faults, faultsOf, LONGEST, type Typed } from "../logic/newIncident";
import { sentence } from "../logic/words";
import { SEVERITIES, type Severity } from "../parts/badges";
import { FormPage, optional } from "../parts/FormPage";
import { ServicesField } from "../parts/ServicesField";
import { go } from "../shell/route";

const EMPTY: Omit<Typed, "key"> = { title: "", description: "", severity: "", services: [], detectedBy: "" };
const CHOICES = [
  { value: "", label: "Let triage decide" },
  ...SEVERITIES.map((value) => ({ value, label: sentence(value) })),
];

function bodyOf(typed: Typed) {
  return {
    title: typed.title.trim(),
    description: typed.description.trim(),
    affected_services: typed.services,
    detected_by: typed.detectedBy.trim() || "web form",
    severity: (typed.severity || null) as Severity | null,
  };
}

async function openIncident(typed: Typed): Promise<void> {
  const opened = await answered(api().POST("/incidents", { body: bodyOf(typed), params: { header: once(typed.key) } }));
  go(`/incidents/${opened.incident_id}`);
}

export default function NewIncident() {
  const { typed, change, faults, sending, error, submit } = useForm<Typed, Faults>("incident", EMPTY, faultsOf, openIncident);
  return (
    <FormPage
      title="Open an incident"
      description="The agents start on it at once; you can watch them."
      submit="Start AI resolution"
      task="Opening an incident"
      needed="responder"
      back="#/incidents"
      sending={sending}
      error={error}
      onSubmit={submit}
    >
      <Container>
        <SpaceBetween size="l">
          <FormField label="Title" description="What is wrong, in a line." errorText={faults.title} stretch>
            <Input
              value={typed.title}
              autoComplete={false}
              placeholder="Payments fail for one customer in ten"
              onChange={({ detail }) => change({ title: detail.value })}
            />
          </FormField>
          <FormField
            label="Affected services"
            description="The first one shows the symptom."
            errorText={faults.services}
            stretch
          >
            <ServicesField
              chosen={typed.services}
              invalid={Boolean(faults.services)}
              onChange={(services) => change({ services })}
            />
          </FormField>
          <FormField label="Severity">
            <Select
              options={CHOICES}
              selectedOption={CHOICES.find(({ value }) => value === typed.severity) ?? null}
              onChange={({ detail }) => change({ severity: detail.selectedOption.value ?? "" })}
            />
          </FormField>
          <FormField
            label={optional("Description")}
            description="What else you know: since when, for whom, what changed."
            constraintText={`${typed.description.length} of ${LONGEST.description} characters`}
            errorText={faults.description}
            stretch
          >
            <Textarea
              rows={6}
              value={typed.description}
              onChange={({ detail }) => change({ description: detail.value })}
            />
          </FormField>
          <FormField label={optional("Detected by")} errorText={faults.detectedBy}>
            <Input
              value={typed.detectedBy}
              autoComplete={false}
              placeholder="web form"
              onChange={({ detail }) => change({ detectedBy: detail.value })}
            />
          </FormField>
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
