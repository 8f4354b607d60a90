import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { callLine, sentence } from "../logic/words";
import { Citations } from "../parts/Citations";
import { gapLines, Lines } from "../parts/Lines";

type Pack = Schemas["HandOff"];

function rivalLine({ component, fault, ruled_out_by }: Schemas["Rival"]): string {
  const why = ruled_out_by ? `: ${ruled_out_by}` : "";
  return `${sentence(fault)} of ${component}${why}`;
}

/** What a person needs who takes over: what to do first, what was tried, what is known. */
export function HandOff({ pack }: { pack: Pack }) {
  return (
    <SpaceBetween size="s">
      {pack.owner ? (
        <p className="text">
          <b>Whose it is</b> {pack.owner}
          {pack.runbook ? `, runbook ${pack.runbook}` : ""}
        </p>
      ) : null}
      <Lines title="Do first" lines={pack.do_first} />
      <Lines
        title="What was tried"
        lines={pack.tried.map((one) => `${callLine(one.action)}: ${one.status}${one.undone ? ", undone" : ""}. ${one.message}`)}
      />
      {pack.failure ? (
        <p className="text">
          It broke at {pack.failure.state}: {pack.failure.error} {pack.failure.cause}
        </p>
      ) : null}
      {pack.evidence.length ? (
        <section>
          <Box variant="h3">What was seen</Box>
          <ol>
            {pack.evidence.map((one) => (
              <li key={one.claim}>
                {one.claim}
                <Citations citations={one.citations} />
              </li>
            ))}
          </ol>
        </section>
      ) : null}
      <Lines title="Ruled out" lines={pack.ruled_out.map(rivalLine)} />
      <Lines title="Not ruled out" lines={pack.still_open.map(rivalLine)} />
      <Lines title="What could not be seen" lines={gapLines(pack.gaps)} />
    </SpaceBetween>
  );
}
