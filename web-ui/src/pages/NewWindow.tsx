import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { useState } from "react";
import { answered, api, newKey, once } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { faultsOfWindow, type TypedWindow, windowOf } from "../logic/maintenance";
import { Problem } from "../parts/Problem";
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
    <Modal
      visible
      header="Add a maintenance window"
      closeAriaLabel="Close; what is typed stays"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={sending} onClick={add}>
              Add it
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        <FormField label="What is done in it?" errorText={faults.reason} stretch>
          <Input value={typed.reason} onChange={({ detail }) => change({ reason: detail.value })} />
        </FormField>
        <FormField label="Services" errorText={faults.services} stretch>
          <ServicesField
            chosen={typed.services}
            invalid={Boolean(faults.services)}
            onChange={(services) => change({ services })}
          />
        </FormField>
        <SpaceBetween direction="horizontal" size="s">
          <FormField label="Day (UTC)" errorText={faults.start}>
            <DateInput value={typed.startDate} onChange={({ detail }) => change({ startDate: detail.value })} />
          </FormField>
          <FormField label="Time (UTC)">
            <TimeInput
              format="hh:mm"
              value={typed.startTime}
              onChange={({ detail }) => change({ startTime: detail.value })}
            />
          </FormField>
          <FormField label="Minutes" errorText={faults.minutes}>
            <Input type="number" value={typed.minutes} onChange={({ detail }) => change({ minutes: detail.value })} />
          </FormField>
        </SpaceBetween>
      </SpaceBetween>
    </Modal>
  );
}
