// The form under the card: less of it, why, yes or no. What was typed survives a reload.

import type { Schemas } from "../api/client";
import type { ApiError } from "../api/problem";
import { editOf, faultIn, type Narrowing, roomTold, wordFor } from "../logic/approval";
import { sentence, words } from "../logic/words";
import { type Child, fill, h } from "./dom";

type Approval = Schemas["ApprovalView"];
type Action = Schemas["CardAction"];

export interface Asked {
  word: unknown;
  key: string;
}

function draftOf(id: string): string {
  return `itops.reason.${id}`;
}

/** What was typed counts as sent. */
export function forget(id: string): void {
  sessionStorage.removeItem(draftOf(id));
}

/** What somebody had typed when another was faster. */
export function unsent(id: string): Child {
  const typed = sessionStorage.getItem(draftOf(id))?.trim();
  return typed ? h("p", { class: "people" }, `Somebody else was faster. What you had typed was not sent: ${typed}`) : null;
}

function narrowingFields(actions: Action[], narrowing: Narrowing): Child {
  return actions.map((action) => [
    actions.length > 1 ? keeper(action, narrowing) : null,
    Object.entries(action.may_be_narrowed).map(([name, room]) => {
      const id = `${action.number}-${name}`;
      const input = h("input", {
        id,
        type: "number",
        inputmode: "numeric",
        value: room.asked,
        oninput: () => {
          narrowing.numbers[action.number] = { ...narrowing.numbers[action.number], [name]: input.valueAsNumber };
        },
      });
      return h("div", {}, h("label", { for: id }, sentence(name)), input, h("p", { class: "quiet" }, roomTold(room)));
    }),
  ]);
}

function keeper(action: Action, narrowing: Narrowing): HTMLElement {
  const box = h("input", {
    type: "checkbox",
    checked: true,
    onchange: () => {
      const others = narrowing.dropped.filter((number) => number !== action.number);
      narrowing.dropped = box.checked ? others : [...others, action.number];
    },
  });
  return h("label", { class: "keep" }, box, ` Keep ${action.number}. ${words(action.what)}`);
}

export function askFor(
  approval: Approval,
  decide: (asked: Asked) => Promise<ApiError | undefined>,
  problem: (error: ApiError) => HTMLElement,
): Child {
  const { actions } = approval.card;
  const narrowing: Narrowing = { dropped: [], numbers: {} };
  const note = h("div", { "aria-live": "assertive" });
  const kept = draftOf(approval.approval_id);
  const reason = h("textarea", {
    id: "reason",
    rows: 2,
    maxlength: 2000,
    oninput: () => sessionStorage.setItem(kept, reason.value),
  });
  reason.value = sessionStorage.getItem(kept) ?? "";
  const buttons: HTMLButtonElement[] = [];

  const refuse = (words_: string) => fill(note, h("p", { class: "problem", role: "alert" }, words_));
  const send = async (approved: boolean) => {
    if (!reason.value.trim()) {
      refuse("Say why; it stands in the audit log.");
      reason.focus();
      return;
    }
    const fault = approved ? faultIn(actions, narrowing) : undefined;
    if (fault) {
      refuse(fault);
      return;
    }
    fill(note, h("p", {}, "Sending"));
    for (const button of buttons) button.disabled = true;
    const word = wordFor({ approved, reason: reason.value, edit: editOf(actions, narrowing) });
    const failed = await decide({ word, key: crypto.randomUUID() });
    for (const button of buttons) button.disabled = false;
    if (failed) fill(note, problem(failed));
  };
  buttons.push(
    h("button", { type: "button", class: "yes", onclick: () => void send(true) }, "Approve exactly this"),
    h("button", { type: "button", class: "no", onclick: () => void send(false) }, "Deny"),
  );
  return h(
    "form",
    { onsubmit: (event: Event) => event.preventDefault() },
    narrowingFields(actions, narrowing),
    h("label", { for: "reason" }, "Reason"),
    reason,
    note,
    h("div", { class: "buttons" }, buttons),
  );
}
