import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { Schemas } from "../api/client";
import { percent, sentence } from "../logic/words";
import { Citations } from "../parts/Citations";
import { Problem } from "../parts/Problem";
import { SeverityBadge } from "../parts/badges";
import { useMay } from "../shell/SessionContext";
import { Aftermath } from "./Aftermath";
import { CardAction } from "./CardAction";
import { CountDown } from "./CountDown";
import { useDecision } from "./useDecision";

type Approval = Schemas["ApprovalView"];

function Listed({ title, lines }: { title: string; lines: string[] }) {
  if (!lines.length) return null;
  return (
    <section>
      <Box variant="h3">{title}</Box>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

function People({ approval }: { approval: Approval }) {
  const { approvers_needed: needed, agreed } = approval.card;
  if (needed < 2 && !agreed.length) return null;
  return (
    <Alert type="info" header={needed > 1 ? `${needed} people have to agree` : "Somebody agreed"}>
      {agreed.length ? `Agreed so far: ${agreed.join(", ")}.` : "Nobody has agreed yet."}
      {needed > agreed.length && needed > 1 ? ` ${needed - agreed.length} more needed; nobody counts twice.` : ""}
    </Alert>
  );
}

interface Properties {
  approval: Approval;
  onDecided: () => void;
}

/** Everything to know before saying yes or no, and the place to say it; afterwards, what became of it. */
export function ApprovalCard({ approval, onDecided }: Properties) {
  const may = useMay("approver");
  const { card } = approval;
  const decision = useDecision(approval, onDecided);
  const { draft, change } = decision;
  const pending = approval.status === "pending";
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`${sentence(card.state)}. Asked because ${card.asked_because.join("; ") || "the policy says so"}.`}
          info={pending ? <CountDown until={card.expires_at} /> : undefined}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Link href={`#/incidents/${card.incident_id}`}>{card.incident_id}</Link>
              {pending ? (
                <Link external externalIconAriaLabel="Opens a page of its own" href={`approve.html#${card.approval_id}`}>
                  Page for a phone
                </Link>
              ) : null}
            </SpaceBetween>
          }
        >
          {pending ? "A decision is asked for" : "What was asked"}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {approval.notice && pending ? <Alert type="warning">{approval.notice}</Alert> : null}
        <Aftermath approval={approval} />
        {pending ? <People approval={approval} /> : null}
        <section>
          <SpaceBetween size="xs">
            <SpaceBetween direction="horizontal" size="xs">
              <SeverityBadge severity={card.severity} />
              <b>{card.title}</b>
            </SpaceBetween>
            {card.rationale.startsWith(card.cause) ? null : <p className="text">{card.cause}</p>}
            <p className="text">
              {card.rationale} ({percent(card.confidence)} sure)
            </p>
          </SpaceBetween>
        </section>
        {card.actions.map((action) => (
          <CardAction
            key={action.number}
            action={action}
            several={card.actions.length > 1}
            narrowing={draft.narrowing}
            onNarrow={pending && may ? (narrowing) => change({ narrowing }) : undefined}
          />
        ))}
        <Listed title="New since it was asked before" lines={card.changed} />
        <Listed title="Made smaller by people" lines={card.narrowed} />
        {card.evidence.length ? (
          <section>
            <Box variant="h3">Evidence</Box>
            <Citations citations={card.evidence} />
          </section>
        ) : null}
        <Listed
          title="Who said what"
          lines={approval.decisions.map(
            (one) => `${one.decided_by} (${one.role}) ${one.approved ? "agreed" : "said no"}: ${one.reason}`,
          )}
        />
        <Problem error={decision.error} />
        {decision.said && pending ? <Alert type="success">{decision.said}</Alert> : null}
        {!pending && !decision.said && draft.reason.trim() ? (
          <Alert type="info" header="Somebody else was faster">
            {sentence(card.state)}. What you had typed was not sent: {draft.reason}
          </Alert>
        ) : null}
        {pending && may ? (
          <SpaceBetween size="s">
            {decision.fault ? <Alert type="error">{decision.fault}</Alert> : null}
            <FormField label="Reason" description="Stands in the audit log." errorText={decision.missing} stretch>
              <Textarea rows={2} value={draft.reason} onChange={({ detail }) => change({ reason: detail.value })} />
            </FormField>
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                variant="primary"
                loading={decision.sending === "approve"}
                onClick={() => void decision.decide(true)}
              >
                Approve exactly this
              </Button>
              <Button loading={decision.sending === "deny"} onClick={() => void decision.decide(false)}>
                Deny
              </Button>
            </SpaceBetween>
          </SpaceBetween>
        ) : null}
        {pending && !may ? <Box>Your role may look at this; an approver decides.</Box> : null}
      </SpaceBetween>
    </Container>
  );
}
