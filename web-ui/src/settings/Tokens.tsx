import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { useNow } from "../live/useNow";
import { useSending } from "../live/useSending";
import { endTold } from "../logic/settings";
import { moment, sentence } from "../logic/words";
import { FormModal } from "../parts/FormModal";
import { Listing } from "../parts/Listing";
import { Problem } from "../parts/Problem";
import { NewToken } from "./NewToken";

type Token = Schemas["TokenView"];
type Made = Schemas["MadeToken"];

function Until({ token, now }: { token: Token; now: number }) {
  const { told, soon } = endTold(token.ends_at, now);
  return soon && token.kind !== "session" ? <StatusIndicator type="warning">{told}</StatusIndicator> : <>{told}</>;
}

function Secret({ made, onSeen }: { made: Made; onSeen: () => void }) {
  return (
    <Alert
      type="success"
      header={`The token of ${made.name}, shown this once`}
      action={<Button onClick={onSeen}>I have kept it</Button>}
    >
      <SpaceBetween size="xs">
        <Box>Only its hash is kept here: whoever loses it needs another one.</Box>
        <CopyToClipboard
          variant="inline"
          textToCopy={made.token}
          copyButtonAriaLabel="Copy the token"
          copySuccessText="Copied"
          copyErrorText="It could not be copied; select it instead"
        />
      </SpaceBetween>
    </Alert>
  );
}

function Revoke({ token, onClose, onDone }: { token: Token; onClose: () => void; onDone: () => void }) {
  const { sending, error, send } = useSending();
  const what = token.kind === "session" ? "session" : "token";
  const revoke = () =>
    void send(async () => {
      await answered(api().DELETE("/tokens/{token_id}", { params: { path: { token_id: token.token_id } } }));
      onDone();
    });
  return (
    <FormModal
      header={`End the ${what} of ${token.name}?`}
      submit={token.kind === "session" ? "End the session" : "Revoke the token"}
      sending={sending}
      error={error}
      onSubmit={revoke}
      onClose={onClose}
    >
      <Box>
        {token.is_yours
          ? "You are signed in with this one: you will be signed out at once."
          : `Whoever uses it is refused from the next request on. It cannot be taken back; another ${what} can be made.`}
      </Box>
    </FormModal>
  );
}

/** Who may call, as what and until when. */
export function Tokens() {
  const found = useLoaded("tokens", () => answered(api().GET("/tokens")));
  const now = useNow(60_000);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Made>();
  const [ending, setEnding] = useState<Token>();
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} onRetry={found.reload} />
      {made ? <Secret made={made} onSeen={() => setMade(undefined)} /> : null}
      <Listing<Token>
        title="Tokens and sessions"
        description="A token is for a program or a person; a session is what a sign-in link gives, for some hours."
        actions={
          <Button variant="primary" onClick={() => setMaking(true)}>
            Make a token
          </Button>
        }
        items={found.value?.items}
        failed={Boolean(found.error)}
        trackBy="token_id"
        empty="There is none."
        columns={[
          {
            id: "name",
            header: "Whose",
            minWidth: 160,
            cell: (one) => (
              <SpaceBetween direction="horizontal" size="xs">
                <span className="text">{one.name}</span>
                {one.is_yours ? <Badge color="blue">Yours, now</Badge> : null}
              </SpaceBetween>
            ),
          },
          { id: "role", header: "Role", cell: (one) => sentence(one.role) },
          { id: "kind", header: "Kind", cell: (one) => (one.kind === "session" ? "Session" : "Token") },
          { id: "ends", header: "Good until", minWidth: 170, cell: (one) => <Until token={one} now={now} /> },
          {
            id: "made",
            header: "Made",
            minWidth: 170,
            cell: (one) => `${moment(one.created_at)}${one.created_by ? ` by ${one.created_by}` : ""}`,
          },
          { id: "id", header: "Id", minWidth: 150, cell: (one) => <span className="code">{one.token_id}</span> },
          {
            id: "end",
            header: "End it",
            minWidth: 100,
            cell: (one) => (
              <Button
                variant="inline-link"
                ariaLabel={`${one.kind === "session" ? "End the session" : "Revoke the token"} ${one.token_id} of ${one.name}`}
                onClick={() => setEnding(one)}
              >
                {one.kind === "session" ? "End" : "Revoke"}
              </Button>
            ),
          },
        ]}
      />
      {making ? (
        <NewToken
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
            found.reload();
          }}
        />
      ) : null}
      {ending ? (
        <Revoke
          token={ending}
          onClose={() => setEnding(undefined)}
          onDone={() => {
            // A secret that opens nothing any more is only in the way, and taken for a good one.
            if (made?.token_id === ending.token_id) setMade(undefined);
            setEnding(undefined);
            found.reload();
          }}
        />
      ) : null}
    </SpaceBetween>
  );
}
