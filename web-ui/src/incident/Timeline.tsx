import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import ToggleButton from "@cloudscape-design/components/toggle-button";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { useWindowed } from "../live/useWindowed";
import { type Entry, entriesOf, type Kind, KINDS, wantedEntries } from "../logic/timeline";
import { EntryItem } from "./EntryItem";
import type { Live } from "./useIncident";
import "./timeline.css";

const LONG = 12;
/** Frames within which a jump to the end is there. */
const PATIENCE = 90;

/** The entries that are in sight, however many there are. */
function Entries({ entries }: { entries: Entry[] }) {
  const list = useRef<HTMLOListElement>(null);
  const ids = useMemo(() => entries.map((entry) => entry.id), [entries]);
  const { from, to, before, after } = useWindowed(list, ids);
  return (
    <ol ref={list} className="timeline" aria-label="Timeline">
      {before ? <li aria-hidden="true" className="timeline-room" style={{ height: before }} /> : null}
      {entries.slice(from, to).map((entry, number) => (
        <EntryItem key={entry.id} entry={entry} place={from + number + 1} of={entries.length} />
      ))}
      {after ? <li aria-hidden="true" className="timeline-room" style={{ height: after }} /> : null}
    </ol>
  );
}

/** The end of the list: who reads there goes on reading there when more comes in. */
function useEnd(count: number) {
  const end = useRef<HTMLDivElement>(null);
  const wasInSight = useRef(false);
  const seen = useRef(count);
  useLayoutEffect(() => {
    const place = end.current;
    if (!place) return;
    if (seen.current && count > seen.current && wasInSight.current) place.scrollIntoView({ block: "end" });
    seen.current = count;
    const watch = new IntersectionObserver(([at]) => {
      wasInSight.current = at?.isIntersecting ?? false;
    });
    watch.observe(place);
    return () => watch.disconnect();
  }, [count]);
  const go = () => {
    // Rows that were never seen turn out higher or lower than was guessed: until the last one is there.
    const again = (times: number) => {
      const place = end.current;
      place?.scrollIntoView({ block: "end" });
      if (times && !place?.previousElementSibling?.querySelector("[data-last]")) requestAnimationFrame(() => again(times - 1));
    };
    again(PATIENCE);
  };
  return { end, go };
}

/** Everything that happened, oldest first; new entries come in by themselves. */
export function Timeline({ live }: { live: Live }) {
  const [kinds, setKinds] = useState<ReadonlySet<Kind>>(new Set());
  const [text, setText] = useState("");
  const entries = useMemo(() => entriesOf(live.steps, live.events), [live.steps, live.events]);
  const wanted = useMemo(() => wantedEntries(entries, kinds, text), [entries, kinds, text]);
  const { end, go } = useEnd(wanted.length);
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
        {wanted.length > LONG ? (
          <Button iconName="angle-down" variant="inline-link" onClick={go}>
            Newest
          </Button>
        ) : null}
      </div>
      <LiveRegion hidden>{newest && !live.over ? `Step ${newest.number}: ${newest.turn.thought}` : ""}</LiveRegion>
      {wanted.length ? (
        <div>
          <Entries entries={wanted} />
          <div ref={end} />
        </div>
      ) : (
        <Box color="text-body-secondary">
          {entries.length ? "None of the entries fits." : "The agents have not begun yet; what they do comes in here."}
        </Box>
      )}
    </SpaceBetween>
  );
}
