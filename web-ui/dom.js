// Builds the page from text and elements; data never becomes markup.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return element;
}

export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

export function when(iso) {
  if (!iso) return "-";
  const moment = new Date(iso);
  const told = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return h("time", { datetime: iso, title: moment.toISOString() }, told);
}

export function clock(iso) {
  const moment = new Date(iso);
  return h("time", { datetime: iso, title: moment.toISOString() }, moment.toLocaleTimeString(undefined, { hour12: false }));
}

export function seconds(from, to) {
  const span = (new Date(to) - new Date(from)) / 1000;
  if (span < 90) return `${span.toFixed(1)} s`;
  const minutes = span / 60;
  return minutes < 90 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}

export function words(identifier) {
  return String(identifier ?? "").replaceAll("_", " ");
}

export function badge(kind, value) {
  return h("span", { class: `badge ${kind}-${value ?? "none"}` }, words(value ?? "not known"));
}

export function percent(value) {
  return `${Math.round(value * 100)} %`;
}

export function brief(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function actionLine(action) {
  const given = Object.entries(action.parameters ?? {}).map(([name, value]) => `${name}=${brief(value)}`);
  return `${action.name}(${given.join(", ")})`;
}

export function differences(before = {}, after = {}) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => [name, before[name], after[name]]);
}

export function differenceTable(before, after) {
  const changed = differences(before, after);
  if (!changed.length) return null;
  return h("table", { class: "compact" },
    h("thead", {}, h("tr", {}, ["what", "before", "after"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, changed.map(([name, old, now]) => h("tr", {},
      h("th", { scope: "row" }, words(name)), h("td", {}, brief(old ?? "-")), h("td", {}, brief(now ?? "-"))))));
}

export function problem(error) {
  return h("p", { class: "problem", role: "alert" }, error.message);
}
