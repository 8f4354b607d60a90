import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import Avatar from "@cloudscape-design/chat-components/avatar";
import LoadingBar from "@cloudscape-design/chat-components/loading-bar";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../api/client";
import { between, clock } from "../logic/words";
import { Answer } from "./Answer";
import { readingInWords } from "./subject";

type ChatTurn = Schemas["ChatTurn"];

function footOf(turn: ChatTurn): string {
  const took = turn.answered_at ? ` in ${between(turn.asked_at, turn.answered_at)}` : "";
  const tokens = turn.tokens ? `, ${turn.tokens} tokens` : "";
  return `${turn.tool_calls} tool ${turn.tool_calls === 1 ? "call" : "calls"}${took}${tokens}, by ${turn.answer?.reasoner ?? "nobody"}`;
}

/** A question, and its answer as soon as there is one. */
export function Turn({ turn }: { turn: ChatTurn }) {
  const read = turn.reading ? readingInWords(turn.reading) : "";
  return (
    <SpaceBetween size="s">
      <ChatBubble
        type="outgoing"
        ariaLabel={`${turn.asked_by} at ${clock(turn.asked_at)}`}
        avatar={<Avatar ariaLabel={turn.asked_by} tooltipText={turn.asked_by} iconName="user-profile" />}
      >
        <p className="text">{turn.message}</p>
        {read ? <p className="text quiet">{read}</p> : null}
      </ChatBubble>
      <ChatBubble
        type="incoming"
        ariaLabel="ITOps"
        avatar={<Avatar color="gen-ai" iconName="gen-ai" ariaLabel="ITOps" tooltipText="ITOps" />}
      >
        {turn.status === "thinking" ? (
          <LiveRegion>
            <p className="text">Looking at the telemetry</p>
            <LoadingBar variant="gen-ai" />
          </LiveRegion>
        ) : null}
        {turn.error ? <StatusIndicator type="error">{turn.error}</StatusIndicator> : null}
        {turn.answer ? (
          <SpaceBetween size="s">
            <Answer answer={turn.answer} of={turn.case_id} />
            <p className="text quiet">{footOf(turn)}</p>
          </SpaceBetween>
        ) : null}
      </ChatBubble>
    </SpaceBetween>
  );
}
