import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

/** A heading and lines under it; nothing where there are none. */
export function Lines({ title, lines }: { title: string; lines: ReactNode[] }) {
  if (!lines.length) return null;
  return (
    <section>
      {title ? <Box variant="h3">{title}</Box> : null}
      <ul>
        {lines.map((line, number) => (
          // Lines of an answer never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={number}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

export function gapLines(gaps: { source: string; reason: string }[]): string[] {
  return gaps.map((gap) => `${gap.source}: ${gap.reason}`);
}
