import Link from "@cloudscape-design/components/link";
import { ApprovalCard } from "../approval/ApprovalCard";
import { Aftermath } from "../approval/Aftermath";
import { lastWord } from "../logic/approval";
import type { IncidentView } from "./useIncident";

/** What waits for a person's word in this incident, or what became of what was asked. */
export function Decision({ incident, onDecided }: { incident: IncidentView; onDecided: () => void }) {
  const { approval } = incident;
  if (!approval) return null;
  if (approval.status === "pending") return <ApprovalCard approval={approval} onDecided={onDecided} />;
  const word = lastWord(approval);
  return (
    <Aftermath approval={approval}>
      {word ? <p className="text">{word}</p> : null}
      <Link href={`#/approvals/${approval.approval_id}`}>What was asked</Link>
    </Aftermath>
  );
}
