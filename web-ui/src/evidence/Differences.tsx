import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { words } from "../logic/words";
import { Marked } from "../parts/Marked";
import { Records } from "./Records";

interface Divergence {
  state: string;
  what: string;
  good: string;
  bad: string;
}

export interface ComparisonContent {
  bad: string;
  good: string;
  comparison: { summary: string; diverges_at: Divergence | null } & Record<string, unknown>;
}

const LISTS = [
  "input_differences",
  "state_input_differences",
  "output_differences",
  "definition_differences",
  "durations",
];

/** A failed execution beside a good one: where they part, and in what they differ. */
export function Differences({ content, quote }: { content: ComparisonContent; quote: string | undefined }) {
  const { comparison } = content;
  const parted = comparison.diverges_at;
  return (
    <SpaceBetween size="m">
      <p className="text">
        <Marked text={comparison.summary} quote={quote} />
      </p>
      {parted ? (
        <section>
          <Box variant="h3">They part at {parted.state}</Box>
          <p className="text">
            <Marked text={parted.what} quote={quote} />
          </p>
          <Records
            name="divergence"
            records={[
              { execution: "good", name: content.good, there: parted.good },
              { execution: "failed", name: content.bad, there: parted.bad },
            ]}
            quote={quote}
          />
        </section>
      ) : null}
      {LISTS.map((name) => {
        const list = comparison[name] as Record<string, unknown>[] | undefined;
        if (!list?.length) return null;
        return (
          <section key={name}>
            <Box variant="h3">{words(name)}</Box>
            <Records name={name} records={list} quote={quote} />
          </section>
        );
      })}
    </SpaceBetween>
  );
}
