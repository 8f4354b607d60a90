import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { usePolling } from "../live/usePolling";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { Barred } from "../parts/Barred";
import { CaseEvidence } from "../parts/CaseEvidence";
import { Problem } from "../parts/Problem";
import { useMayNot } from "../shell/SessionContext";
import { go, useRoute } from "../shell/route";
import type { PageProps } from "../shell/pages";
import { Asking, type Draft } from "./Asking";
import { Conversations } from "./Conversations";
import { examplesFor, keptSubjects } from "./subject";
import { Turn } from "./Turn";

type ChatTurn = Schemas["ChatTurn"];

function questionOf(draft: Draft, conversation: string) {
  return {
    message: draft.text.trim(),
    conversation_id: conversation || null,
    hours_back: draft.hours ? Number(draft.hours) : null,
    pipeline_name: draft.about.trim() || null,
    wait_seconds: 0,
  };
}

/** Questions about pipelines and services; every answer opens the evidence it rests on. */
export default function Chat({ subject }: PageProps) {
  const mayNot = useMayNot("responder");
  const named = useRoute().query.get("about") ?? "";
  const [turns, setTurns] = useState<ChatTurn[]>();
  const [draft, keep, discard] = useDraft<Draft>(`chat.${subject || `new.${named}`}`, {
    text: "",
    about: named,
    hours: "",
    key: newKey(),
  });
  // Other words are another question; the same ones, sent again, are asked once.
  const change = (part: Partial<Draft>) => keep({ ...part, key: newKey() });
  const { sending, error, send } = useSending();
  const polling = usePolling(`chat ${subject}`, async (signal) => {
    if (!subject) return "over";
    const path = { conversation_id: subject };
    const found = await answered(api().GET("/conversations/{conversation_id}", { params: { path }, signal }));
    setTurns(found.turns);
    return found.turns.some((turn) => turn.status === "thinking");
  });
  const asked = turns ?? [];
  const thinking = asked.some((turn) => turn.status === "thinking");
  const ask = () => {
    if (!draft.text.trim() || sending || thinking) return;
    void send(async () => {
      const turn = await answered(api().POST("/chat", { body: questionOf(draft, subject), params: { header: once(draft.key) } }));
      discard();
      if (subject) polling.refresh();
      else go(`/chat/${turn.conversation_id}`);
    });
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Ask in plain words; every answer opens the evidence it rests on.">
        Chat
      </Header>
      <Problem error={polling.error} onRetry={polling.refresh} />
      {subject && !turns && !polling.error ? <Spinner size="large" /> : null}
      <SpaceBetween size="m">
        {asked.map((turn) => (
          <Turn key={turn.turn} turn={turn} />
        ))}
      </SpaceBetween>
      {asked.length || subject ? null : (
        <SpaceBetween direction="horizontal" size="xs">
          {examplesFor(named).map((text) => (
            <Button key={text} disabled={mayNot} onClick={() => change({ text })}>
              {text}
            </Button>
          ))}
        </SpaceBetween>
      )}
      <Problem error={error} />
      {mayNot ? <Barred task="Asking" needed="responder" /> : null}
      <Asking
        draft={draft}
        disabled={mayNot}
        busy={sending || thinking}
        kept={keptSubjects(asked)}
        onChange={change}
        onAsk={ask}
      />
      <Conversations current={subject} about={`${subject} ${asked.length}`} />
      <CaseEvidence />
    </SpaceBetween>
  );
}
