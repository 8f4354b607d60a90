import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { percent } from "../logic/words";
import { Citations } from "../parts/Citations";
import { gapLines, Lines } from "../parts/Lines";

type Told = Schemas["ChatAnswer"];

/** An answer in its four parts: what it is, what it rests on, why, and what to do next. */
export function Answer({ answer, of }: { answer: Told; of: string }) {
  return (
    <SpaceBetween size="s">
      <p className="text">{answer.summary}</p>
      {answer.condition_met === null ? null : (
        <p className="text">
          <b>{answer.condition_met ? "The condition is met." : "The condition is not met."}</b>
        </p>
      )}
      <Lines
        title="What it rests on"
        lines={answer.evidence.map((claim) => (
          <>
            {claim.text} <Citations citations={claim.citations} of={of} />
          </>
        ))}
      />
      {answer.probable_cause ? (
        <section>
          <Box variant="h3">Probable cause</Box>
          <p className="text">
            {answer.probable_cause} <span className="quiet">{percent(answer.confidence)} sure</span>
          </p>
        </section>
      ) : null}
      <Lines title="Next" lines={answer.next_steps} />
      <Lines title="What could not be seen" lines={gapLines(answer.gaps)} />
    </SpaceBetween>
  );
}
