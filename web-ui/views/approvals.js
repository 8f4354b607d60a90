// What waits for a person: the list, and the card with the preview and the two buttons.

import { get, post } from "../client.js";
import { actionLine, announce, badge, differenceTable, fill, h, problem, when } from "../dom.js";
import { Poller } from "../poller.js";

export function approvalsView(main) {
  const list = h("div");
  const note = h("div");
  let shown = "";

  async function look() {
    const { items } = await get("/approvals", { status: "pending" });
    const now = JSON.stringify(items.map((approval) => [approval.approval_id, approval.version]));
    if (now === shown) return false;
    shown = now;
    fill(list, items.length ? items.map((approval) => approvalCard(approval, () => poller.now())) : h("p", { class: "empty" }, "Nothing waits for a person."));
    return true;
  }

  fill(main, h("h1", {}, "Approvals"), note, list);
  const poller = new Poller(look, (error) => fill(note, error && problem(error)));
  poller.now();
  return () => poller.stop();
}

export function approvalView(main, id) {
  const place = h("div");
  const load = async () => {
    try {
      fill(place, approvalCard(await get(`/approvals/${id}`), load));
    } catch (error) {
      fill(place, problem(error));
    }
  };
  fill(main, h("h1", {}, "Approval"), place);
  load();
}

export function approvalCard(approval, onDecided) {
  const isPending = approval.status === "pending" && new Date(approval.expires_at) > new Date();
  return h("section", { class: `card approval ${isPending ? "waiting" : ""}` },
    h("p", { class: "kicker" }, approval.approval_id, " ", badge("approval", isPending || approval.status !== "pending" ? approval.status : "expired"), " ", badge("severity", approval.severity), " ",
      h("a", { href: `#/incidents/${approval.incident_id}` }, approval.incident_id)),
    h("h2", {}, isPending ? "A person has to decide" : "Approval"),
    h("p", {}, approval.summary),
    approval.previews.map(preview),
    h("ul", { class: "reasons" }, approval.decision.reasons.map((reason) => h("li", {}, reason))),
    approval.decisions.map((word) => h("p", {}, `${word.approved ? "Approved" : "Denied"} by ${word.decided_by}: ${word.reason} `, when(word.decided_at))),
    isPending ? [h("p", { class: "quiet" }, "Expires ", when(approval.expires_at), approval.decision.approvers_needed > 1 ? `, ${approval.decision.approvers_needed} people have to agree` : ""), decisionForm(approval, onDecided)] : null);
}

function preview(shown) {
  return h("div", { class: "deed" },
    h("p", {}, h("code", {}, actionLine(shown.action))),
    h("p", { class: "quiet" }, `Risk ${shown.risk} · reach ${shown.blast_size} (${shown.blast_radius.join(", ") || "nothing else"}) · ${undoing(shown)}`),
    differenceTable(shown.before, shown.after),
    shown.possible ? null : h("p", { class: "problem" }, shown.reason));
}

function undoing(shown) {
  if (!shown.reversible) return "cannot be undone";
  return shown.inverse?.name === "notify_only" ? "nothing to undo: configuration is unchanged" : "can be undone";
}

function decisionForm(approval, onDecided) {
  const reason = h("input", { id: `reason-${approval.approval_id}`, maxlength: 1000, autocomplete: "off" });
  const note = h("div");
  const buttons = h("div", { class: "buttons" },
    h("button", { type: "button", class: "primary", onclick: () => decide(true) }, "Approve"),
    h("button", { type: "button", class: "danger", onclick: () => decide(false) }, "Deny"));

  async function decide(approved) {
    if (!approved && !reason.value.trim()) {
      fill(note, problem(new Error("Say why, for whoever reads this later.")));
      return reason.focus();
    }
    for (const button of buttons.children) button.disabled = true;
    try {
      await post(`/approvals/${approval.approval_id}/decision`, { approved, reason: reason.value.trim() || "approved on the web page" });
      announce(approved ? "Approved" : "Denied");
      dispatchEvent(new CustomEvent("approval-decided"));
      onDecided();
    } catch (error) {
      fill(note, problem(error));
      for (const button of buttons.children) button.disabled = false;
    }
  }

  return h("div", { class: "decide" }, h("label", { for: reason.id }, "Reason"), reason, buttons, note);
}
