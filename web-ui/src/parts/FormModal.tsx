import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useId } from "react";
import type { ApiError } from "../api/problem";
import { Problem } from "./Problem";

interface Properties {
  header: string;
  submit: string;
  sending: boolean;
  error: ApiError | undefined;
  onSubmit: () => void;
  onClose: () => void;
  size?: "medium" | "large";
  children: ReactNode;
}

/** A form over the page. Enter sends it; closing it keeps what was typed, where the form does. */
export function FormModal({ header, submit, sending, error, onSubmit, onClose, size = "medium", children }: Properties) {
  const id = useId();
  return (
    <Modal
      visible
      size={size}
      header={header}
      closeAriaLabel="Close; what is typed stays"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" form={id} formAction="submit" loading={sending} loadingText="Sending">
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={id}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!sending) onSubmit();
        }}
      >
        <SpaceBetween size="m">
          {children}
          <Problem error={error} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
