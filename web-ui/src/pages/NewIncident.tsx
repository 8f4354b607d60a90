import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type FormEvent, useState } from "react";
import { answered, api, newKey, once } from "../api/client";
import { type ApiError, told } from "../api/problem";
import { useDraft } from "../live/useDraft";
import { faultsOf, LONGEST, type Typed } from "../logic/newIncident";
import { sentence } from "../logic/words";
import { SEVERITIES, type Severity } from "../parts/badges";
import { Problem } from "../parts/Problem";
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

export default function NewIncident() {
  const [typed, keep, discard] = useDraft<Typed>("incident", { ...EMPTY, key: newKey() });
  // Other words are another request; the same ones, sent again, open one incident.
  const change = (part: Partial<Typed>) => keep({ ...part, key: newKey() });
  const [asked, setAsked] = useState(false);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<ApiError>();
  const faults = asked ? faultsOf(typed) : {};

  const send = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (sending || Object.keys(faultsOf(typed)).length) return;
    setSending(true);
    setError(undefined);
    try {
      const opened = await answered(
        api().POST("/incidents", { body: bodyOf(typed), params: { header: once(typed.key) } }),
      );
      discard();
      go(`/incidents/${opened.incident_id}`);
    } catch (failed) {
      setError(told(failed));
      setSending(false);
    }
  };

  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      <Form
        header={
          <Header variant="h1" description="The agents start on it at once; you can watch them.">
            Open an incident
          </Header>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href="#/incidents">
              Cancel
            </Button>
            <Button variant="primary" loading={sending} loadingText="Opening the incident">
              Start AI resolution
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="m">
          <Problem error={error} />
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
              <FormField label="Severity" errorText={undefined}>
                <Select
                  options={CHOICES}
                  selectedOption={CHOICES.find(({ value }) => value === typed.severity) ?? null}
                  onChange={({ detail }) => change({ severity: detail.selectedOption.value ?? "" })}
                />
              </FormField>
              <FormField
                label={
                  <span>
                    Description <i>- optional</i>
                  </span>
                }
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
              <FormField
                label={
                  <span>
                    Detected by <i>- optional</i>
                  </span>
                }
                errorText={faults.detectedBy}
              >
                <Input
                  value={typed.detectedBy}
                  autoComplete={false}
                  placeholder="web form"
                  onChange={({ detail }) => change({ detectedBy: detail.value })}
                />
              </FormField>
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
}
