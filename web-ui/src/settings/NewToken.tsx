import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { LASTING, ROLES } from "../logic/settings";
import { FormModal } from "../parts/FormModal";
import type { Role } from "../shell/SessionContext";

interface Properties {
  onClose: () => void;
  onMade: (made: Schemas["MadeToken"]) => void;
}

export function NewToken({ onClose, onMade }: Properties) {
  const [typed, change, discard] = useDraft("token", { name: "", role: "viewer", days: "90" });
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !typed.name.trim() ? "Say who it is for." : undefined;
  const make = () => {
    setAsked(true);
    if (!typed.name.trim()) return;
    void send(async () => {
      const body = {
        name: typed.name.trim(),
        role: typed.role as Role,
        days: typed.days ? Number(typed.days) : null,
      };
      const made = await answered(api().POST("/tokens", { body }));
      discard();
      onMade(made);
    });
  };
  return (
    <FormModal header="Make a token" submit="Make it" sending={sending} error={error} onSubmit={make} onClose={onClose}>
      <FormField
        label="Whose"
        description="A person or a program; what it does stands in the audit log under this name."
        errorText={missing}
        stretch
      >
        <Input
          value={typed.name}
          placeholder="ann, or deploy-pipeline"
          invalid={Boolean(missing)}
          onChange={({ detail }) => change({ name: detail.value })}
        />
      </FormField>
      <FormField label="Role" stretch>
        <RadioGroup value={typed.role} items={ROLES} onChange={({ detail }) => change({ role: detail.value })} />
      </FormField>
      <FormField label="Good for">
        <Select
          selectedOption={LASTING.find(({ value }) => value === typed.days) ?? null}
          options={LASTING}
          onChange={({ detail }) => change({ days: detail.selectedOption.value ?? "" })}
        />
      </FormField>
    </FormModal>
  );
}
