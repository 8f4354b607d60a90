import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { LogLines } from "../evidence/LogLines";
import { UNLIT } from "../logic/spans";
import { clock, percent, sentence, span, words } from "../logic/words";
import { Lines } from "../parts/Lines";

type Told = Schemas["ExecutionExplained"];

function Failure({ error }: { error: Schemas["ErrorTold"] }) {
  return (
    <section>
      <Box variant="h3">{error.error}</Box>
      <p className="text">
        {sentence(error.family)}
        {error.message ? `: ${error.message}` : ""}
      </p>
      {error.request_id ? <p className="text quiet code">Request {error.request_id}</p> : null}
      {error.stack.length ? (
        <pre className="json code" tabIndex={0} role="region" aria-label="Stack">
          {error.stack.join("\n")}
        </pre>
      ) : null}
    </section>
  );
}

function Tries({ retries }: { retries: Schemas["RetriesTold"] }) {
  return (
    <section>
      <Lines
        title={`Tries of ${retries.state}`}
        lines={retries.attempts.map(
          (one) =>
            `${clock(one.at)} ${words(one.outcome)}${one.error ? ` with ${one.error}` : ""}${
              one.seconds === null ? "" : ` after ${span(one.seconds)}`
            }${one.delay_seconds === null ? "" : `, ${span(one.delay_seconds)} after the one before`}`,
        )}
      />
      <p className="text quiet">
        {retries.rule ? `Retry rule: ${retries.rule}${retries.exhausted ? "; it is used up" : ""}.` : "No Retry rule fits this error."}
        {retries.caught_by ? ` Catch led to ${retries.caught_by}.` : ""}
      </p>
    </section>
  );
}

/** Where nested executions failed first: the way down, with a link where the catalog knows them. */
function Chain({ chain }: { chain: Told["chain"] }) {
  return (
    <Lines
      title="Where it failed first"
      lines={chain.map((one, depth) => {
        const name = `${one.state_machine}: ${one.state || words(one.status.toLowerCase())}${one.error ? `, ${one.error}` : ""}`;
        const id = one.execution_arn.split(":").slice(7).join(":");
        const href = `#/pipelines/${encodeURIComponent(one.entry_id)}/executions/${encodeURIComponent(id)}`;
        return depth && one.entry_id ? (
          <Link key={one.execution_arn} href={href}>
            {name}
          </Link>
        ) : (
          name
        );
      })}
    />
  );
}

/** Why an execution failed, as ITOps reads it: from its history, its definition and the logs of the call. */
export function Explanation({ told }: { told: Told }) {
  const { advice, failure, retries } = told;
  return (
    <SpaceBetween size="m">
      <p className="text">
        {told.summary} <span className="quiet">{percent(told.confidence)} sure</span>
      </p>
      {failure?.error ? <Failure error={failure.error} /> : null}
      {told.chain.length > 1 ? <Chain chain={told.chain} /> : null}
      {advice ? (
        <section>
          <Box variant="h3">What to do: {words(advice.step)}</Box>
          <p className="text">{sentence(advice.why)}</p>
        </section>
      ) : null}
      {advice ? (
        <Lines
          title="What a second run would do"
          lines={[
            ...(advice.redrive_possible && advice.redrive_note ? [`Redrive: ${advice.redrive_note}`] : []),
            ...(advice.rerun_note ? [`Rerun: ${advice.rerun_note}`] : []),
            ...advice.not_known.map((one) => `Not known: ${one}`),
          ]}
        />
      ) : null}
      {retries?.attempts.length ? <Tries retries={retries} /> : null}
      {told.logs.length ? (
        <ExpandableSection defaultExpanded headerText={`Log lines of the very call (${told.logs.length})`}>
          <LogLines lines={told.logs} lit={UNLIT} />
        </ExpandableSection>
      ) : null}
      <Lines title="What could not be seen" lines={told.gaps} />
    </SpaceBetween>
  );
}
