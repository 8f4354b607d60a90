// The form that opens an incident.

import { post } from "../client.js";
import { announce, fill, h, problem } from "../dom.js";

const SERVICE = /^[A-Za-z0-9][A-Za-z0-9._\-/:]{0,199}$/;

export function newView(main) {
  const title = h("input", { id: "title", required: true, maxlength: 300, autocomplete: "off" });
  const description = h("textarea", { id: "description", rows: 5, maxlength: 10000 });
  const severity = h("select", { id: "severity" }, h("option", { value: "" }, "let triage decide"),
    ["critical", "high", "medium", "low"].map((name) => h("option", { value: name }, name)));
  const services = h("input", { id: "services", required: true, maxlength: 2000, placeholder: "payment-service, checkout-service", autocomplete: "off", "aria-describedby": "services-help" });
  const detectedBy = h("input", { id: "detected-by", value: "web form", maxlength: 100, autocomplete: "off" });
  const note = h("div");
  const button = h("button", { type: "submit", class: "primary" }, "Open incident");

  async function submit(event) {
    event.preventDefault();
    const body = read();
    if (!body) return;
    button.disabled = true;
    try {
      const opened = await post("/incidents", body);
      announce(`${opened.incident_id} is open`);
      location.hash = `#/incidents/${opened.incident_id}`;
    } catch (error) {
      fill(note, problem(error));
      button.disabled = false;
    }
  }

  function read() {
    const names = services.value.split(/[,\n]/).map((name) => name.trim()).filter(Boolean);
    const wrong = names.find((name) => !SERVICE.test(name));
    if (!title.value.trim()) return refuse(title, "Say in a line what is wrong.");
    if (!names.length) return refuse(services, "Name at least one affected service.");
    if (wrong) return refuse(services, `${JSON.stringify(wrong)} is no service name: letters, digits, . _ - / : only.`);
    fill(note);
    const body = { title: title.value.trim(), description: description.value.trim(), affected_services: names, detected_by: detectedBy.value.trim() || "web form" };
    return severity.value ? { ...body, severity: severity.value } : body;
  }

  function refuse(field, sentence) {
    fill(note, problem(new Error(sentence)));
    for (const one of [title, services]) one.removeAttribute("aria-invalid");
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return null;
  }

  fill(main, h("form", { class: "card narrow", novalidate: true, onsubmit: submit },
    h("h1", {}, "Open an incident"),
    h("label", { for: "title" }, "What is wrong?"), title,
    h("label", { for: "services" }, "Affected services"), services,
    h("p", { id: "services-help", class: "quiet" }, "Separated by commas; the first one shows the symptom."),
    h("label", { for: "severity" }, "Severity"), severity,
    h("label", { for: "description" }, "Description"), description,
    h("label", { for: "detected-by" }, "Detected by"), detectedBy,
    note, button));
  title.focus();
}
