import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Steps, { type StepsProps } from "@cloudscape-design/components/steps";
import type { Schemas } from "../api/client";
import { openEvidence } from "../incident/cite";
import { evidenceOf, presentOf } from "../logic/runs";
import { callLine, clock, sentence } from "../logic/words";

type View = Schemas["RunView"];
type Step = Schemas["RunStep"];

function detailsOf(step: Step) {
  const evidence = evidenceOf(step);
  return (
    <SpaceBetween size="xxs">
      {step.detail ? <p className="text">{step.detail}</p> : null}
      {step.planned.map((call) => {
        const line = callLine({ name: `${call.server}.${call.tool}`, parameters: call.arguments ?? {} });
        return (
          <div key={line} className="code">
            {line}
          </div>
        );
      })}
      {step.observation?.message && step.observation.message !== step.detail ? <p className="text">{step.observation.message}</p> : null}
      {evidence ? (
        <Button variant="inline-link" ariaLabel={`Open evidence ${evidence}`} onClick={() => openEvidence(evidence)}>
          {evidence}
        </Button>
      ) : null}
    </SpaceBetween>
  );
}

function statusOf(step: Step): StepsProps.Status {
  const seen = step.observation?.status;
  // A call without an observation was tried in vain; what is tried again stands in its title.
  if (seen === undefined) return step.phase === "execute_tool" ? "warning" : "success";
  return seen === "ok" ? "success" : "warning";
}

/** What a run has done, step by step, and what it does now. */
export function RunSteps({ run }: { run: View }) {
  const present = presentOf(run);
  const newest = run.items.at(-1);
  const steps: StepsProps.Step[] = run.items.map((step) => ({
    status: statusOf(step),
    statusIconAriaLabel: sentence(step.phase),
    header: `${clock(step.at)} ${step.title || sentence(step.phase)}`,
    details: detailsOf(step),
  }));
  if (present) steps.push({ status: "loading", statusIconAriaLabel: "At work", header: present });
  return (
    <>
      <Steps steps={steps} ariaLabel="Steps of the run" />
      <LiveRegion hidden>{present && newest ? newest.title || sentence(newest.phase) : ""}</LiveRegion>
    </>
  );
}
