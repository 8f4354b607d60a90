import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Flashbar from "@cloudscape-design/components/flashbar";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { handledTold } from "../logic/deadLetters";
import { moment } from "../logic/words";
import { FormModal } from "../parts/FormModal";
import { Listing } from "../parts/Listing";
import { Problem } from "../parts/Problem";
import "../parts/json.css";

type Letter = Schemas["DeadLetter"];

function Discard({ letters, onClose, onDone }: { letters: Letter[]; onClose: () => void; onDone: (told: string) => void }) {
  const [typed, change, discard] = useDraft("discard", { reason: "" });
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !typed.reason.trim() ? "Say why; it stands in the audit log." : undefined;
  const giveUp = () => {
    setAsked(true);
    if (!typed.reason.trim()) return;
    void send(async () => {
      const body = { letter_ids: letters.map((one) => one.letter_id), reason: typed.reason.trim() };
      const done = await answered(api().POST("/intake/dead-letters/discard", { body }));
      discard();
      onDone(handledTold(done, "given up"));
    });
  };
  return (
    <FormModal
      header={`Give ${letters.length === 1 ? "this message" : `these ${letters.length} messages`} up for good?`}
      submit="Give up for good"
      sending={sending}
      error={error}
      onSubmit={giveUp}
      onClose={onClose}
    >
      <FormField label="Why" errorText={missing} stretch>
        <Textarea rows={2} value={typed.reason} onChange={({ detail }) => change({ reason: detail.value })} />
      </FormField>
    </FormModal>
  );
}

/** Alarms that could not be taken in: why, and the way back. */
export function DeadLetters() {
  const found = useLoaded("letters", () => answered(api().GET("/intake/dead-letters", { params: { query: { limit: 100 } } })));
  const [chosen, setChosen] = useState<Letter[]>([]);
  const [told, setTold] = useState("");
  const [giving, setGiving] = useState(false);
  const { sending, error, send } = useSending();
  const done = (words: string) => {
    setTold(words);
    setChosen([]);
    setGiving(false);
    found.reload();
  };
  const redrive = () =>
    void send(async () => {
      const body = { letter_ids: chosen.map((one) => one.letter_id), all: false };
      done(handledTold(await answered(api().POST("/intake/dead-letters/redrive", { body })), "sent again"));
    });
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? found.error} onRetry={found.reload} />
      {told ? (
        <Flashbar items={[{ type: "success", content: told, dismissible: true, dismissLabel: "Close", onDismiss: () => setTold("") }]} />
      ) : null}
      <Listing<Letter>
        title="Alarms that could not be taken in"
        description="Sent again, an alarm that was taken in after all changes nothing."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" ariaLabel="Look again" onClick={found.reload} />
            <Button disabled={!chosen.length} onClick={() => setGiving(true)}>
              Give up
            </Button>
            <Button variant="primary" disabled={!chosen.length} loading={sending} onClick={redrive}>
              Send again
            </Button>
          </SpaceBetween>
        }
        items={found.value?.items}
        failed={Boolean(found.error)}
        trackBy="letter_id"
        empty="There are none: every alarm was taken in."
        selection={{ chosen, onChange: setChosen, labelOf: (one) => one.letter_id }}
        columns={[
          {
            id: "reason",
            header: "Why",
            minWidth: 260,
            cell: (one) => <p className="text">{one.reason}</p>,
          },
          { id: "at", header: "Since", minWidth: 170, cell: (one) => (one.buried_at ? moment(one.buried_at) : "Not known") },
          {
            id: "body",
            header: "Message",
            minWidth: 260,
            cell: (one) => (
              <ExpandableSection headerText="What it says" headerAriaLabel={`What ${one.letter_id} says`}>
                <pre className="json code" tabIndex={0} role="region" aria-label={`Message ${one.letter_id}`}>
                  {one.body}
                </pre>
              </ExpandableSection>
            ),
          },
          {
            id: "id",
            header: "Id",
            cell: (one) => (
              <Box fontSize="body-s">
                <span className="code">{one.letter_id}</span>
              </Box>
            ),
          },
        ]}
      />
      {giving ? <Discard letters={chosen} onClose={() => setGiving(false)} onDone={done} /> : null}
    </SpaceBetween>
  );
}
