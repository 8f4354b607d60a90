import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { percent, words } from "../logic/words";
import { Citations } from "../parts/Citations";
import { OVER } from "../parts/badges";
import { causeOf } from "../logic/cause";
import { Grading } from "./Grading";
import type { IncidentView } from "./useIncident";

type Found = Schemas["Verdict"];

function Claims({ verdict }: { verdict: Found }) {
  return (
    <section>
      <Box variant="h3">How it is known</Box>
      <ol className="claims">
        {verdict.claims.map((claim) => (
          <li key={claim.text}>
            {claim.text}
            <Citations citations={claim.citations} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Rivals({ verdict }: { verdict: Found }) {
  return (
    <ExpandableSection headerText={`What else it could have been (${verdict.rivals.length})`} headingTagOverride="h3">
      <ul>
        {verdict.rivals.map((rival) => (
          <li key={`${rival.component} ${rival.fault}`}>
            <b>
              {rival.component}: {words(rival.fault)}
            </b>{" "}
            {percent(rival.confidence)}. {rival.ruled_out_by}
          </li>
        ))}
      </ul>
    </ExpandableSection>
  );
}

function Gaps({ verdict }: { verdict: Found }) {
  return (
    <section>
      <Box variant="h3">What could not be seen</Box>
      <ul>
        {verdict.gaps.map((gap) => (
          <li key={`${gap.source} ${gap.reason}`}>
            <b>{gap.source}</b>: {gap.reason}
          </li>
        ))}
      </ul>
    </section>
  );
}

function SecondOpinion({ verdict }: { verdict: Found }) {
  const second = verdict.second_opinion;
  if (!second) return null;
  return (
    <p className="text">
      Second opinion ({second.reasoner}) {words(second.agreement)}
      {second.component ? `: ${second.component}, ${words(second.fault)}, ${percent(second.confidence)} sure` : ""}.{" "}
      {second.effect}
    </p>
  );
}

export function Verdict({ incident }: { incident: IncidentView }) {
  const { verdict } = incident;
  if (!verdict) {
    return (
      <Box color="text-body-secondary" variant="p">
        {OVER.has(incident.status)
          ? "No cause was looked for."
          : "The agents are still looking for the cause; the timeline shows how far they are."}
      </Box>
    );
  }
  return (
    <Container header={<Header variant="h2">{causeOf(verdict)}</Header>}>
      <SpaceBetween size="m">
        <p className="text">{verdict.root_cause?.mechanism ?? verdict.summary}</p>
        <ProgressBar
          value={Math.round(verdict.confidence * 100)}
          label="Confidence"
          additionalInfo={`Found by: ${verdict.reasoner}`}
        />
        <SecondOpinion verdict={verdict} />
        {verdict.claims.length ? <Claims verdict={verdict} /> : null}
        {verdict.rivals.length ? <Rivals verdict={verdict} /> : null}
        {verdict.gaps.length ? <Gaps verdict={verdict} /> : null}
        {verdict.blast_radius.length ? (
          <p className="text">
            <b>Blast radius</b> {verdict.blast_radius.join(", ")}
          </p>
        ) : null}
        <Grading incident={incident} />
      </SpaceBetween>
    </Container>
  );
}
