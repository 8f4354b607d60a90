import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Slider from "@cloudscape-design/components/slider";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { Problem } from "../parts/Problem";
import { ServicesField } from "../parts/ServicesField";
import { keepInAddress } from "../shell/route";

const EMPTY = { title: "", services: [] as string[], symptoms: "", cause: "", fix: "", trust: 50 };
const PARTS = [
  ["symptoms", "Symptoms"],
  ["cause", "Cause"],
  ["fix", "Fix"],
] as const;

function close() {
  keepInAddress({ article: undefined });
}

/** What is worth knowing the next time, written by a person. */
export function NewArticle({ open, onAdded }: { open: boolean; onAdded: () => void }) {
  const [draft, change, discard] = useDraft("article", EMPTY);
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !draft.title.trim() ? "Give it a title." : undefined;

  const add = () => {
    setAsked(true);
    if (!draft.title.trim()) return;
    void send(async () => {
      const { trust, ...parts } = draft;
      const body = { ...parts, title: draft.title.trim(), body: "", trust_percent: trust };
      await answered(api().POST("/knowledge", { body, params: { header: once(newKey()) } }));
      discard();
      setAsked(false);
      close();
      onAdded();
    });
  };
  return (
    <Modal
      visible={open}
      size="large"
      header="Write an article"
      closeAriaLabel="Close; what is typed stays"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
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
        <FormField label="Title" errorText={missing} stretch>
          <Input value={draft.title} onChange={({ detail }) => change({ title: detail.value })} />
        </FormField>
        <FormField label="Services" description="None: it may be about any." stretch>
          <ServicesField chosen={draft.services} invalid={false} onChange={(services) => change({ services })} />
        </FormField>
        {PARTS.map(([name, label]) => (
          <FormField key={name} label={label} stretch>
            <Textarea rows={3} value={draft[name]} onChange={({ detail }) => change({ [name]: detail.value })} />
          </FormField>
        ))}
        <FormField label="Trust" description="How sure you are, in percent." constraintText={`${draft.trust} %`}>
          <Slider min={0} max={100} step={5} value={draft.trust} onChange={({ detail }) => change({ trust: detail.value })} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
