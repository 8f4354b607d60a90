import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import PromptInput from "@cloudscape-design/components/prompt-input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { useDraft } from "../live/useDraft";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { moment } from "../logic/words";
import { Problem } from "../parts/Problem";
import { useMay } from "../shell/SessionContext";
import { go } from "../shell/route";
import type { PageProps } from "../shell/pages";
import { Turn } from "./Turn";

type ChatTurn = Schemas["ChatTurn"];

const EXAMPLES = ["What is failing right now?", "Which pipelines fail more often than before?", "What changed in the last hour?"];

function Conversations({ about }: { about: string }) {
  const found = useLoaded(`conversations ${about}`, () => answered(api().GET("/conversations")));
  const items = found.value?.items ?? [];
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button href="#/chat">New one</Button>}>
          Earlier
        </Header>
      }
    >
      {items.length ? (
        <ul>
          {items.map((one) => (
            <li key={one.conversation_id}>
              <Link href={`#/chat/${one.conversation_id}`}>{one.title}</Link>
              <div className="quiet">{moment(one.updated_at)}</div>
            </li>
          ))}
        </ul>
      ) : (
        <Box color="text-body-secondary">Nothing was asked yet.</Box>
      )}
    </Container>
  );
}

/** Questions about pipelines and services; every answer cites what it rests on. */
export default function Chat({ subject }: PageProps) {
  const may = useMay("viewer");
  const [turns, setTurns] = useState<ChatTurn[]>([]);
  const [draft, change, discard] = useDraft("chat", { text: "" });
  const { sending, error, send } = useSending();
  const polling = usePolling(`chat ${subject}`, async (signal) => {
    if (!subject) return "over";
    const path = { conversation_id: subject };
    const found = await answered(api().GET("/conversations/{conversation_id}", { params: { path }, signal }));
    setTurns(found.turns);
    return found.turns.some((turn) => turn.status === "thinking");
  });
  const ask = (text: string) => {
    const message = text.trim();
    if (!message || sending) return;
    void send(async () => {
      const body = { message, conversation_id: subject || null, hours_back: null, pipeline_name: null, wait_seconds: 0 };
      const turn = await answered(api().POST("/chat", { body, params: { header: once(newKey()) } }));
      discard();
      if (subject) polling.refresh();
      else go(`/chat/${turn.conversation_id}`);
    });
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Ask in plain words; answers cite the evidence they rest on.">
        Chat
      </Header>
      <Problem error={error ?? polling.error} onRetry={polling.refresh} />
      <SpaceBetween size="m">
        {turns.map((turn) => (
          <Turn key={turn.turn} turn={turn} />
        ))}
      </SpaceBetween>
      {turns.length ? null : (
        <SpaceBetween direction="horizontal" size="xs">
          {EXAMPLES.map((text) => (
            <Button key={text} onClick={() => ask(text)}>
              {text}
            </Button>
          ))}
        </SpaceBetween>
      )}
      <PromptInput
        value={draft.text}
        disabled={!may}
        ariaLabel="Your question"
        placeholder="Why did customer-etl fail last night?"
        actionButtonIconName="send"
        actionButtonAriaLabel="Ask"
        disableActionButton={sending || !draft.text.trim()}
        maxRows={6}
        onChange={({ detail }) => change({ text: detail.value })}
        onAction={({ detail }) => ask(detail.value)}
      />
      <Conversations about={`${subject} ${turns.length}`} />
    </SpaceBetween>
  );
}
