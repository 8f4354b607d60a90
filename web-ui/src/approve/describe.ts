// What is asked, why, and what would happen: everything that the card holds.

import type { Schemas } from "../api/client";
import { quoteTold } from "../logic/quotes";
import { brief, callLine, percent, sentence, words } from "../logic/words";
import { type Child, h } from "./dom";

type Approval = Schemas["ApprovalView"];
type Action = Schemas["CardAction"];

function facts(items: [string, Child][]): HTMLElement {
  return h(
    "dl",
    {},
    items.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

function changes(action: Action): Child {
  if (!action.changes.length) return null;
  const row = (name: string, before: unknown, after: unknown) =>
    h("tr", {}, h("th", { scope: "row" }, words(name)), h("td", {}, brief(before)), h("td", {}, brief(after)));
  const head = ["What", "Now", "Then"].map((title) => h("th", { scope: "col" }, title));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Before and after" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, head)),
      h("tbody", {}, action.changes.map(({ name, before, after }) => row(name, before, after))),
    ),
  );
}

function actionOf(action: Action): HTMLElement {
  const reach = action.blast_radius.length ? `: ${action.blast_radius.join(", ")}` : "";
  const undo = action.undone_by ? h("code", {}, callLine(action.undone_by)) : action.undoing;
  return h(
    "section",
    {},
    h("h2", {}, `${action.number}. ${words(action.what)}`),
    h("code", {}, callLine({ name: action.what, parameters: action.parameters })),
    h("p", {}, action.why),
    facts([
      ["Done to", h("code", {}, action.to_what)],
      ["Risk", sentence(action.risk)],
      ["Blast radius", `${sentence(action.blast_size)}${reach}`],
      ...(action.traffic ? [["Traffic", action.traffic] as [string, Child]] : []),
      ["Effect", action.effect || "-"],
      ["Undo", undo],
      ...(action.cost ? [["Cost", action.cost] as [string, Child]] : []),
    ]),
    changes(action),
  );
}

function list(title: string, lines: string[]): Child {
  return lines.length ? [h("h2", {}, title), h("ul", {}, lines.map((line) => h("li", {}, line)))] : null;
}

function evidence({ card }: Approval): Child {
  if (!card.evidence.length) return null;
  const link = (id: string, quote: string, span: number[] | null) =>
    `./#/incidents/${card.incident_id}?evidence=${id}&${span ? `at=${span.join("-")}` : `quote=${encodeURIComponent(quote)}`}`;
  return h(
    "details",
    {},
    h("summary", {}, `Evidence (${card.evidence.length})`),
    h(
      "ul",
      {},
      card.evidence.map(({ evidence_id: id, quote, span }) =>
        h("li", {}, h("a", { href: link(id, quote, span) }, id), " ", h("code", { class: "quote" }, quoteTold(quote))),
      ),
    ),
  );
}

/** What became of a question that waits no longer, in words. */
export function aftermathTold({ aftermath }: Approval): HTMLElement | null {
  if (!aftermath) return null;
  const { tone, title, why } = aftermath;
  const isBad = tone === "bad" || tone === "halted";
  return h("div", { class: isBad ? "problem" : "people", role: "status" }, h("b", {}, title), why ? h("p", {}, why) : null);
}

export function describe(approval: Approval): Child {
  const { card } = approval;
  const needed = card.approvers_needed;
  const agreed = card.agreed.length ? `, agreed so far: ${card.agreed.join(", ")}` : "";
  return [
    h("p", { class: "kicker" }, h("span", { class: `badge ${card.severity}` }, sentence(card.severity)), ` ${card.state}`),
    h("h1", {}, card.title),
    approval.notice && approval.status === "pending" ? h("p", { class: "problem" }, approval.notice) : null,
    needed > 1 ? h("p", { class: "people" }, `${needed} people have to agree${agreed}.`) : null,
    card.rationale.startsWith(card.cause) ? null : h("p", {}, card.cause),
    h("p", {}, `${card.rationale} (${percent(card.confidence)} sure)`),
    card.actions.map(actionOf),
    list("Asked because", card.asked_because),
    list("New since it was asked before", card.changed),
    list("Made smaller by people", card.narrowed),
    list(
      "Who said what",
      approval.decisions.map((one) => `${one.decided_by} ${one.approved ? "agreed" : "said no"}: ${one.reason}`),
    ),
    evidence(approval),
    h("p", {}, h("a", { href: `./#/incidents/${card.incident_id}` }, `Open ${card.incident_id} in the console`)),
  ];
}
