import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Lit, piecesOf } from "../logic/spans";
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

/** The two ways at the point where they part, side by side. */
function Parting({ content, lit }: { content: ComparisonContent; lit: Lit }) {
  const parted = content.comparison.diverges_at;
  if (!parted) return null;
  const at = (name: string) => lit.at(["comparison", "diverges_at", name]);
  return (
    <section>
      <Box variant="h3">
        They part at <Marked pieces={piecesOf(parted.state, at("state"))} />
      </Box>
      <p className="text">
        <Marked pieces={piecesOf(parted.what, at("what"))} />
      </p>
      <div className="sides">
        <div className="side side-good">
          <b>The one that succeeded</b> <span className="code quiet">{content.good}</span>
          <p className="text code">
            <Marked pieces={piecesOf(parted.good, at("good"))} />
          </p>
        </div>
        <div className="side side-bad">
          <b>The one that failed</b> <span className="code quiet">{content.bad}</span>
          <p className="text code">
            <Marked pieces={piecesOf(parted.bad, at("bad"))} />
          </p>
        </div>
      </div>
    </section>
  );
}

/** A failed execution beside a good one: where they part, and in what they differ. */
export function Differences({ content, lit }: { content: ComparisonContent; lit: Lit }) {
  const { comparison } = content;
  return (
    <SpaceBetween size="m">
      <p className="text">
        <Marked pieces={piecesOf(comparison.summary, lit.at(["comparison", "summary"]))} />
      </p>
      <Parting content={content} lit={lit} />
      {LISTS.map((name) => {
        const list = comparison[name] as Record<string, unknown>[] | undefined;
        if (!list?.length) return null;
        return (
          <section key={name}>
            <Box variant="h3">{words(name)}</Box>
            <Records name={name} records={list} lit={lit} path={["comparison", name]} />
          </section>
        );
      })}
    </SpaceBetween>
  );
}
