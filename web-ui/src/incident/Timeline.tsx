import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import ToggleButton from "@cloudscape-design/components/toggle-button";
import { useMemo, useState } from "react";
import { entriesOf, type Kind, KINDS, wantedEntries } from "../logic/timeline";
import { EntryItem } from "./EntryItem";
import type { Live } from "./useIncident";
import "./timeline.css";

const AT_ONCE = 200;

/** Everything that happened, oldest first; new entries come in by themselves. */
export function Timeline({ live }: { live: Live }) {
  const [kinds, setKinds] = useState<ReadonlySet<Kind>>(new Set());
  const [text, setText] = useState("");
  const [most, setMost] = useState(AT_ONCE);
  const entries = useMemo(() => entriesOf(live.steps, live.events), [live.steps, live.events]);
  const wanted = useMemo(() => wantedEntries(entries, kinds, text), [entries, kinds, text]);
  const hidden = Math.max(0, wanted.length - most);
  const shown = hidden ? wanted.slice(hidden) : wanted;
  const newest = live.steps.at(-1);

  const toggle = (kind: Kind) => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };
  return (
    <SpaceBetween size="m">
      <div className="timeline-filters">
        {KINDS.map(({ kind, label }) => (
          <ToggleButton key={kind} pressed={kinds.has(kind)} onChange={() => toggle(kind)}>
            {label}
          </ToggleButton>
        ))}
        <div className="timeline-text">
          <Input
            type="search"
            value={text}
            ariaLabel="Search the timeline"
            clearAriaLabel="Clear the search"
            placeholder="Tool, evidence, words"
            onChange={({ detail }) => setText(detail.value)}
          />
        </div>
        <Box color="text-body-secondary">
          {wanted.length} of {entries.length}
        </Box>
      </div>
      <LiveRegion hidden>{newest && !live.over ? `Step ${newest.number}: ${newest.turn.thought}` : ""}</LiveRegion>
      {hidden ? <Button onClick={() => setMost(most + AT_ONCE)}>Show {hidden} earlier ones</Button> : null}
      {wanted.length ? (
        <ol className="timeline" aria-label="Timeline">
          {shown.map((entry) => (
            <EntryItem key={entry.id} entry={entry} />
          ))}
        </ol>
      ) : (
        <Box color="text-body-secondary">
          {entries.length ? "None of the entries fits." : "The agents have not begun yet; what they do comes in here."}
        </Box>
      )}
    </SpaceBetween>
  );
}
