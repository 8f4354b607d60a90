import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ApiError } from "../api/problem";
import { type Role, useMayNot } from "../shell/SessionContext";
import { Barred } from "./Barred";
import { Problem } from "./Problem";

interface Properties {
  title: string;
  description: string;
  submit: string;
  /** What it does and who may, for those who may not. */
  task: string;
  needed: Role;
  /** Where Cancel leads. */
  back: string;
  sending: boolean;
  error: ApiError | undefined;
  onSubmit: () => void;
  children: ReactNode;
}

/** A page that is one form; whoever may not send it is told so instead. */
export function FormPage({ title, description, submit, task, needed, back, sending, error, onSubmit, children }: Properties) {
  const header = (
    <Header variant="h1" description={description}>
      {title}
    </Header>
  );
  if (useMayNot(needed)) {
    return (
      <SpaceBetween size="m">
        {header}
        <Barred task={task} needed={needed} />
        <Button href={back}>Back</Button>
      </SpaceBetween>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Form
        header={header}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={back}>
              Cancel
            </Button>
            <Button variant="primary" loading={sending} loadingText="Sending">
              {submit}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Problem error={error} />
          {children}
        </SpaceBetween>
      </Form>
    </form>
  );
}

/** The label of a field that may stay empty. */
export function optional(label: string): ReactNode {
  return (
    <span>
      {label} <i>- optional</i>
    </span>
  );
}
