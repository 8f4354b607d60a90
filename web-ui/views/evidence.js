// Citations that open what they cite.

import { get } from "../client.js";
import { fill, h, problem, when } from "../dom.js";

export function citations(incidentId, cited) {
  return h("ul", { class: "citations" }, cited.map((citation) => h("li", {},
    h("button", { type: "button", class: "link", onclick: () => open(incidentId, citation) }, citation.evidence_id),
    citation.quote && h("q", {}, citation.quote))));
}

async function open(incidentId, citation) {
  const body = h("div", {}, h("p", {}, "Fetching …"));
  const dialog = h("dialog", { "aria-label": `Evidence ${citation.evidence_id}` },
    h("div", { class: "heading" }, h("h2", {}, citation.evidence_id), h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "Close")),
    body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  try {
    const evidence = await get(`/incidents/${incidentId}/evidence/${citation.evidence_id}`);
    fill(body, page(evidence, citation.quote));
  } catch (error) {
    fill(body, problem(error));
  }
}

function page(evidence, quote) {
  return [
    h("dl", { class: "facts" },
      [["Tool", `${evidence.server}.${evidence.tool}`], ["Source", evidence.data_source], ["Collected", when(evidence.collected_at)], ["sha256", h("code", { class: "hash" }, evidence.sha256)]]
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    quote && h("p", {}, "Cited: ", h("q", {}, quote)),
    h("h3", {}, "Asked"),
    h("pre", { tabindex: 0 }, JSON.stringify(evidence.arguments, null, 2)),
    h("h3", {}, "Answered"),
    h("pre", { tabindex: 0 }, JSON.stringify(evidence.content, null, 2)),
  ];
}
