import FormField from "@cloudscape-design/components/form-field";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import PromptInput from "@cloudscape-design/components/prompt-input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { answered, api } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { SPANS } from "./subject";

export interface Draft {
  text: string;
  about: string;
  hours: string;
  /** Sent with it, so that asking it twice is asked once. */
  key: string;
}

interface Properties {
  draft: Draft;
  disabled: boolean;
  busy: boolean;
  /** What the conversation is about already. */
  kept: string[];
  onChange: (part: Partial<Draft>) => void;
  onAsk: () => void;
}

/** Where a question is typed, and what it is about. */
export function Asking({ draft, disabled, busy, kept, onChange, onAsk }: Properties) {
  // Without the catalog nothing is offered; typing works all the same.
  const known = useLoaded("pipelines", () => answered(api().GET("/pipelines")));
  return (
    <SpaceBetween size="s">
      <PromptInput
        value={draft.text}
        disabled={disabled}
        ariaLabel="Your question"
        placeholder={kept.length ? `Go on about ${kept.join(", ")}` : "Why did customer-etl fail last night?"}
        actionButtonIconName="send"
        actionButtonAriaLabel="Ask"
        disableActionButton={busy || !draft.text.trim()}
        maxRows={8}
        onChange={({ detail }) => onChange({ text: detail.value })}
        onAction={onAsk}
      />
      <ColumnLayout columns={2}>
        <FormField
          label="About"
          description={kept.length ? `Empty: ${kept.join(", ")}, as before.` : "Empty: what the question names."}
          stretch
        >
          <Autosuggest
            value={draft.about}
            disabled={disabled}
            ariaLabel="About which pipeline or service"
            placeholder="customer-etl"
            enteredTextLabel={(text) => `Use "${text}"`}
            options={(known.value?.items ?? []).map(({ entry_id: value, kind }) => ({ value, description: kind }))}
            empty="Nothing of that name in the catalog"
            onChange={({ detail }) => onChange({ about: detail.value })}
          />
        </FormField>
        <FormField label="How far back" description="With a pipeline named, no model is needed." stretch>
          <Select
            disabled={disabled}
            options={SPANS}
            selectedOption={SPANS.find(({ value }) => value === draft.hours) ?? null}
            onChange={({ detail }) => onChange({ hours: detail.selectedOption.value ?? "" })}
          />
        </FormField>
      </ColumnLayout>
    </SpaceBetween>
  );
}
