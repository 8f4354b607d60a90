import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { ApiError, told } from "../api/problem";
import { useDraft } from "../live/useDraft";
import { editOf, faultIn, type Narrowing, wordFor, WHOLE } from "../logic/approval";

type Approval = Schemas["ApprovalView"];

interface Draft {
  reason: string;
  narrowing: Narrowing;
}

const EMPTY: Draft = { reason: "", narrowing: WHOLE };

/** A decision being made: what is typed, what is wrong with it, and sending it once. */
export function useDecision(approval: Approval, onDecided: () => void) {
  const [draft, change, discard] = useDraft<Draft>(`decision.${approval.approval_id}`, EMPTY);
  const [asked, setAsked] = useState(false);
  const [sending, setSending] = useState<"approve" | "deny">();
  const [error, setError] = useState<ApiError>();
  const [said, setSaid] = useState<string>();
  const missing = asked && !draft.reason.trim() ? "Say why; it stands in the audit log." : undefined;
  const fault = faultIn(approval.card.actions, draft.narrowing);

  const decide = async (approved: boolean) => {
    setAsked(true);
    if (!draft.reason.trim() || sending || (approved && fault)) return;
    setSending(approved ? "approve" : "deny");
    setError(undefined);
    const edit = editOf(approval.card.actions, draft.narrowing);
    try {
      const decided = await answered(
        api().POST("/approvals/{approval_id}/decision", {
          params: { path: { approval_id: approval.approval_id }, header: once(newKey()) },
          body: wordFor({ approved, reason: draft.reason, edit }),
        }),
      );
      discard();
      setSaid(decided.card.state || `It is ${decided.status}.`);
      onDecided();
    } catch (failed) {
      setError(told(failed));
      // Somebody else was faster, or it expired: show how it stands now.
      if (failed instanceof ApiError && failed.status === 409) onDecided();
    }
    setSending(undefined);
  };
  return { draft, change, missing, fault: asked ? fault : undefined, sending, error, said, decide };
}
