import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import Avatar from "@cloudscape-design/chat-components/avatar";
import LoadingBar from "@cloudscape-design/chat-components/loading-bar";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { clock, percent } from "../logic/words";
import { gapLines, Lines } from "../parts/Lines";

type ChatTurn = Schemas["ChatTurn"];
type Answer = Schemas["ChatAnswer"];

/** An answer with what it rests on, what is missing, and what to do next. */
export function AnswerView({ answer }: { answer: Answer }) {
  return (
    <SpaceBetween size="s">
      <p className="text">{answer.summary}</p>
      {answer.probable_cause ? (
        <p className="text">
          <b>Probable cause</b> {answer.probable_cause} ({percent(answer.confidence)} sure)
        </p>
      ) : null}
      <Lines
        title="What it rests on"
        lines={answer.evidence.map((claim) => (
          <>
            {claim.text}{" "}
            <span className="quiet code">{claim.citations.map((one) => one.evidence_id).join(", ")}</span>
          </>
        ))}
      />
      <Lines title="What could not be seen" lines={gapLines(answer.gaps)} />
      <Lines title="Next" lines={answer.next_steps} />
    </SpaceBetween>
  );
}

export function Turn({ turn }: { turn: ChatTurn }) {
  return (
    <SpaceBetween size="s">
      <ChatBubble
        type="outgoing"
        ariaLabel={`${turn.asked_by} at ${clock(turn.asked_at)}`}
        avatar={<Avatar ariaLabel={turn.asked_by} tooltipText={turn.asked_by} iconName="user-profile" />}
      >
        <p className="text">{turn.message}</p>
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
        {turn.error ? <p className="text">{turn.error}</p> : null}
        {turn.answer ? <AnswerView answer={turn.answer} /> : null}
        {turn.answer ? (
          <p className="text quiet">
            {turn.tool_calls} tool calls, {turn.answer.reasoner}
          </p>
        ) : null}
      </ChatBubble>
    </SpaceBetween>
  );
}
