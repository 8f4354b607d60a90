import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { signIn, signInNote } from "../api/session";
import { settings } from "../api/settings";
import { beginSignIn } from "../api/signIn";

export default function SignIn() {
  const [given, setGiven] = useState("");
  const [asked, setAsked] = useState(false);
  const hosted = settings().sign_in;
  const missing = asked && !given.trim() ? "Paste a token." : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (given.trim()) signIn(given);
      }}
    >
      <Form
        header={<Header variant="h1">Sign in</Header>}
        actions={
          <Button variant={hosted ? "normal" : "primary"} formAction="submit">
            Sign in with the token
          </Button>
        }
      >
        <Container>
          <SpaceBetween size="l">
            {signInNote() ? <Alert type="info">{signInNote()}</Alert> : null}
            {hosted ? (
              <Button variant="primary" formAction="none" onClick={() => void beginSignIn(hosted)}>
                Sign in with your account
              </Button>
            ) : (
              <Box variant="p">
                <code className="code">./deploy.sh --local</code> prints a link that signs you in, once;{" "}
                <code className="code">itops link</code> prints a fresh one.
              </Box>
            )}
            <FormField
              label="API token"
              description="An administrator makes one in the settings, or with: itops token create NAME --role responder. It stays in this browser's tabs only."
              errorText={missing}
            >
              <Input
                type="password"
                autoComplete={false}
                value={given}
                onChange={({ detail }) => setGiven(detail.value)}
                {...(missing ? { invalid: true } : {})}
              />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
