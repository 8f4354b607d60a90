import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import type { Schemas } from "../api/client";
import { ApprovalCard } from "../approval/ApprovalCard";
import { words } from "../logic/words";

const ENDED: Partial<Record<Schemas["ApprovalStatus"], string>> = {
  approved: "The plan was approved",
  denied: "The plan was denied",
  expired: "Nobody decided in time: the question expired",
  void: "The question is void",
};

/** What waits for a person's word in this incident, or what was said. */
export function Decision({ approval, onDecided }: { approval: Schemas["ApprovalView"] | null; onDecided: () => void }) {
  if (!approval) return null;
  if (approval.status === "pending") return <ApprovalCard approval={approval} onDecided={onDecided} />;
  const last = approval.decisions.at(-1);
  return (
    <Alert type={approval.status === "approved" ? "success" : "info"} header={ENDED[approval.status] ?? `The plan was ${words(approval.status)}`}>
      {last ? `${last.decided_by}: ${last.reason}` : approval.void_reason}{" "}
      <Link href={`#/approvals/${approval.approval_id}`}>What was asked</Link>
    </Alert>
  );
}
