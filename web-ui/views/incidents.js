// The list of incidents, newest first.

import { get } from "../client.js";
import { badge, fill, h, problem, when } from "../dom.js";
import { Poller } from "../poller.js";

const STATUSES = ["open", "triaging", "investigating", "awaiting_approval", "remediating", "verifying", "resolved", "escalated", "failed", "duplicate", "closed"];

export function incidentsView(main) {
  const rows = h("tbody");
  const note = h("div", { class: "note", "aria-live": "polite" });
  const more = h("button", { type: "button", hidden: true, onclick: () => load(true) }, "Show older ones");
  const filter = h("select", { id: "status", onchange: () => load(false) },
    h("option", { value: "" }, "all"), STATUSES.map((status) => h("option", { value: status }, status.replaceAll("_", " "))));
  let cursor;
  let shown = "";
  let isPaged = false;

  async function load(older) {
    try {
      const page = await get("/incidents", { status: filter.value, limit: 50, cursor: older ? cursor : undefined });
      isPaged = older;
      draw(page, older);
    } catch (error) {
      fill(note, problem(error));
    }
  }

  function draw(page, older) {
    cursor = page.cursor;
    more.hidden = !cursor;
    const drawn = page.items.map(row);
    if (older) rows.append(...drawn);
    else rows.replaceChildren(...drawn);
    fill(note, !rows.children.length && h("p", { class: "empty" }, "No incidents. ", h("a", { href: "#/new" }, "Open one"), " or let an alarm do it."));
  }

  async function look() {
    if (isPaged) return false;
    const page = await get("/incidents", { status: filter.value, limit: 50 });
    const now = JSON.stringify(page.items.map((incident) => [incident.incident_id, incident.updated_at]));
    if (now === shown) return false;
    shown = now;
    draw(page, false);
    return true;
  }

  fill(main,
    h("div", { class: "heading" }, h("h1", {}, "Incidents"), h("label", { class: "inline", for: "status" }, "Status ", filter)),
    h("table", { class: "list" },
      h("thead", {}, h("tr", {}, ["Incident", "Severity", "Status", "Service", "Title", "Opened"].map((name) => h("th", { scope: "col" }, name)))),
      rows),
    note, more);
  const poller = new Poller(look, (error) => fill(note, error ? problem(error) : [...note.childNodes].filter((node) => !node.classList?.contains("problem"))));
  poller.now();
  return () => poller.stop();
}

function row(incident) {
  return h("tr", {},
    h("td", {}, h("a", { href: `#/incidents/${incident.incident_id}` }, incident.incident_id)),
    h("td", { "data-label": "Severity" }, badge("severity", incident.severity)),
    h("td", { "data-label": "Status" }, badge("status", incident.status)),
    h("td", { "data-label": "Service" }, incident.service),
    h("td", { "data-label": "Title", class: "wide" }, incident.title),
    h("td", { "data-label": "Opened" }, when(incident.opened_at)));
}
