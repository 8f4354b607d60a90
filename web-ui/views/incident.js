// One incident: where it stands, the verdict, what was done, and every step while it happens.

import { all, get, post } from "../client.js";
import { actionLine, announce, badge, clock, differenceTable, fill, h, percent, problem, seconds, when, words } from "../dom.js";
import { Poller } from "../poller.js";
import { approvalCard } from "./approvals.js";
import { citations } from "./evidence.js";

const OVER = ["resolved", "escalated", "failed", "duplicate", "closed"];

export function incidentView(main, id) {
  const path = `/incidents/${id}`;
  const parts = Object.fromEntries(["head", "verdict", "approval", "actions", "note"].map((name) => [name, h("div")]));
  const byHand = resolveForm(id, () => poller.now());
  const steps = h("ol", { class: "steps" });
  const timeline = h("ol", { class: "timeline" });
  const seen = { version: -1, step: 0, events: new Set(), approval: null };

  async function look() {
    const incident = await get(path);
    const news = [await newSteps(), await newEvents(), incident.version !== seen.version];
    if (incident.version !== seen.version) {
      seen.version = incident.version;
      draw(incident);
    }
    ask(incident.approval);
    const isOver = OVER.includes(incident.status);
    if (isOver) announce(`${id} is ${words(incident.status)}`);
    return isOver && !news[0] && !news[1] ? "over" : news.some(Boolean);
  }

  async function newSteps() {
    const found = (await all(`${path}/steps`, { after: seen.step, limit: 200 })).filter((step) => step.number > seen.step);
    for (const step of found) {
      steps.append(stepItem(id, step));
      seen.step = step.number;
    }
    if (found.length) announce(`Step ${seen.step}: ${found.at(-1).turn.thought}`);
    return found.length > 0;
  }

  async function newEvents() {
    const found = (await all(`${path}/timeline`, { limit: 200 })).filter((event) => event.kind !== "step" && !seen.events.has(event.event_id));
    for (const event of found) {
      seen.events.add(event.event_id);
      timeline.append(h("li", {}, clock(event.at), h("strong", {}, words(event.kind)), h("span", {}, event.message), h("span", { class: "quiet" }, words(event.actor))));
    }
    return found.length > 0;
  }

  function draw(incident) {
    fill(parts.head, head(incident));
    byHand.hidden = ["resolved", "closed", "duplicate"].includes(incident.status);
    fill(parts.verdict, verdict(incident));
    fill(parts.actions, actions(incident), verification(incident.verification), outcome(incident));
  }

  function ask(approval) {
    if (!approval) return;
    const stands = `${approval.approval_id} ${approval.status} ${approval.version}`;
    if (stands === seen.approval) return;
    seen.approval = stands;
    fill(parts.approval, approvalCard(approval, () => poller.now()));
  }

  fill(main, parts.note, parts.head, parts.approval, parts.verdict, parts.actions,
    h("section", {}, h("h2", {}, "Steps"), steps),
    h("section", {}, h("h2", {}, "Timeline"), timeline), byHand);
  const poller = new Poller(look, (error) => fill(parts.note, error && problem(error)));
  poller.now();
  return () => poller.stop();
}

function head(incident) {
  const facts = [
    ["Service", incident.service],
    ["Affects", (incident.affected_services ?? []).join(", ") || incident.service],
    ["Detected by", incident.detected_by],
    ["Opened", when(incident.opened_at)],
    incident.closed_at && ["Took", seconds(incident.opened_at, incident.closed_at)],
    incident.duplicate_of && ["Duplicate of", h("a", { href: `#/incidents/${incident.duplicate_of}` }, incident.duplicate_of)],
  ].filter(Boolean);
  return h("section", { class: "card" },
    h("p", { class: "kicker" }, incident.incident_id, " ", badge("severity", incident.severity), " ", badge("status", incident.status)),
    h("h1", {}, incident.title),
    incident.description && h("p", { class: "text" }, incident.description),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    phases(incident));
}

function phases(incident) {
  const list = incident.phases ?? [];
  if (!list.length) return null;
  return h("ol", { class: "phases", "aria-label": "Phases" }, list.map((phase) =>
    h("li", { class: phase.ended_at ? "done" : "now", "aria-current": phase.ended_at ? undefined : "step" },
      words(phase.name), h("span", { class: "quiet" }, phase.ended_at ? ` ${seconds(phase.started_at, phase.ended_at)}` : " …"))));
}

function resolveForm(id, onChange) {
  const reason = h("input", { id: "resolution", required: true, maxlength: 2000, autocomplete: "off", placeholder: "What fixed it" });
  const note = h("div");
  const submit = async (event) => {
    event.preventDefault();
    if (!reason.value.trim()) return reason.focus();
    try {
      await post(`/incidents/${id}/resolve`, { resolution: reason.value.trim() });
      announce("Resolved");
      onChange();
    } catch (error) {
      fill(note, problem(error));
    }
  };
  return h("details", { class: "card", hidden: true }, h("summary", {}, "Resolve by hand"),
    h("form", { class: "row", onsubmit: submit }, h("label", { for: "resolution" }, "Resolution"), reason, h("button", { type: "submit" }, "Resolve"), note));
}

function verdict(incident) {
  const found = incident.verdict;
  if (!found) return null;
  const cause = found.root_cause;
  return h("section", { class: "card" },
    h("h2", {}, cause ? `${cause.component}: ${words(cause.fault)}` : words(found.outcome)),
    h("p", {}, cause ? cause.mechanism : found.summary),
    h("p", { class: "sure" }, h("meter", { min: 0, max: 1, value: found.confidence, low: 0.5, high: 0.75, optimum: 1, "aria-label": "Confidence" }),
      ` ${percent(found.confidence)} sure `, h("span", { class: "quiet" }, `(${found.reasoner})`)),
    found.claims?.length ? [h("h3", {}, "How it is known"), h("ol", { class: "claims" }, found.claims.map((claim) =>
      h("li", {}, claim.text, citations(incident.incident_id, claim.citations))))] : null,
    found.rivals?.length ? [h("h3", {}, "What else it could have been"), h("ul", {}, found.rivals.map((rival) =>
      h("li", {}, `${percent(rival.confidence)} ${rival.component}: ${words(rival.fault)}. ${rival.ruled_out_by}`)))] : null,
    found.gaps?.length ? [h("h3", {}, "What could not be seen"), h("ul", { class: "gaps" }, found.gaps.map((gap) =>
      h("li", {}, h("strong", {}, gap.source), ` ${gap.reason}`)))] : null,
    found.blast_radius?.length ? h("p", { class: "quiet" }, `Blast radius: ${found.blast_radius.join(", ")}`) : null);
}

function actions(incident) {
  if (!incident.actions?.length) return null;
  return h("section", { class: "card" }, h("h2", {}, "Actions"), incident.actions.map((record) => h("div", { class: "deed" },
    h("p", {}, badge("action", record.status), " ", h("code", {}, actionLine(record.action))),
    differenceTable(record.before, Object.keys(record.after ?? {}).length ? record.after : record.before),
    record.message && h("p", { class: "quiet" }, record.message),
    record.inverse && h("p", { class: "quiet" }, "Undone by ", h("code", {}, actionLine(record.inverse))))));
}

function verification(measured) {
  if (!measured) return null;
  const mark = (passed) => passed === null || passed === undefined ? "?" : passed ? "✔" : "✘";
  const number = (value) => value === null || value === undefined ? "-" : String(Math.round(value * 100) / 100);
  return h("section", { class: "card" }, h("h2", {}, "Verification: ", words(measured.outcome)),
    h("table", { class: "compact" },
      h("thead", {}, h("tr", {}, ["", "Probe", "Before", "After", "Why"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, measured.probes.map((probe) => h("tr", {},
        h("td", {}, mark(probe.passed)), h("th", { scope: "row" }, `${probe.subject} ${probe.name}`),
        h("td", {}, number(probe.before)), h("td", {}, number(probe.after)), h("td", {}, probe.explanation))))));
}

function outcome(incident) {
  const told = incident.resolution ?? incident.escalation?.reason;
  if (!told) return null;
  return h("section", { class: "card" }, h("h2", {}, incident.escalation && !incident.resolution ? "Handed to people" : "Resolution"), h("p", { class: "text" }, told));
}

function stepItem(incidentId, step) {
  const answer = step.turn.verdict ?? step.turn.triage ?? step.turn.plan;
  return h("li", {},
    h("p", { class: "kicker" }, clock(step.started_at), ` step ${step.number} · ${words(step.agent)} · ${(step.duration_ms / 1000).toFixed(2)} s`),
    h("p", {}, step.turn.thought),
    step.observations?.length ? h("ul", { class: "calls" }, step.observations.map((seen) => h("li", {},
      badge("call", seen.status), " ", h("code", {}, actionLine({ name: `${seen.call.server}.${seen.call.tool}`, parameters: seen.call.arguments })),
      seen.evidence_id ? citations(incidentId, [{ evidence_id: seen.evidence_id, quote: "" }]) : null,
      seen.message && h("span", { class: "quiet" }, ` ${seen.message}`)))) : null,
    answer && h("p", { class: "answer" }, answer.summary ?? answer.rationale ?? ""));
}
