import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { useState } from "react";
import { answered, api, newKey, once } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { faultsOfWindow, type TypedWindow, windowOf } from "../logic/maintenance";
import { FormModal } from "../parts/FormModal";
import { ServicesField } from "../parts/ServicesField";

function empty(): TypedWindow {
  const now = new Date().toISOString();
  return { reason: "", services: [], startDate: now.slice(0, 10), startTime: now.slice(11, 16), minutes: "60" };
}

export function NewWindow({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [typed, change, discard] = useDraft("window", empty());
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const faults = asked ? faultsOfWindow(typed) : {};
  const add = () => {
    setAsked(true);
    if (Object.keys(faultsOfWindow(typed)).length) return;
    void send(async () => {
      await answered(api().POST("/maintenance", { body: windowOf(typed), params: { header: once(newKey()) } }));
      discard();
      onClose();
      onAdded();
    });
  };
  return (
    <FormModal
      header="Add a maintenance window"
      submit="Add it"
      sending={sending}
      error={error}
      onSubmit={add}
      onClose={onClose}
    >
      <FormField label="What is done in it?" errorText={faults.reason} stretch>
        <Input
          value={typed.reason}
          invalid={Boolean(faults.reason)}
          onChange={({ detail }) => change({ reason: detail.value })}
        />
      </FormField>
      <FormField label="Services or alarms" description="* stands for anything." errorText={faults.services} stretch>
        <ServicesField
          chosen={typed.services}
          invalid={Boolean(faults.services)}
          firstIs=""
          onChange={(services) => change({ services })}
        />
      </FormField>
      <SpaceBetween direction="horizontal" size="s">
        <FormField label="Day (UTC)" errorText={faults.start}>
          <DateInput value={typed.startDate} onChange={({ detail }) => change({ startDate: detail.value })} />
        </FormField>
        <FormField label="Time (UTC)">
          <TimeInput format="hh:mm" value={typed.startTime} onChange={({ detail }) => change({ startTime: detail.value })} />
        </FormField>
        <FormField label="Minutes" errorText={faults.minutes}>
          <Input type="number" value={typed.minutes} onChange={({ detail }) => change({ minutes: detail.value })} />
        </FormField>
      </SpaceBetween>
    </FormModal>
  );
}
