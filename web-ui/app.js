// Routes by the address's fragment; each view gives back its way to stop.

import * as api from "./client.js";
import { announce, fill, problem } from "./dom.js";
import { approvalsView, approvalView } from "./views/approvals.js";
import { incidentView } from "./views/incident.js";
import { incidentsView } from "./views/incidents.js";
import { newView } from "./views/new.js";
import { signInView } from "./views/sign-in.js";

const ROUTES = [
  [/^\/incidents$/, "Incidents", incidentsView],
  [/^\/incidents\/(INC-[0-9A-F]{8})$/, "Incident", incidentView],
  [/^\/approvals$/, "Approvals", approvalsView],
  [/^\/approvals\/(APR-[0-9A-F]{8})$/, "Approval", approvalView],
  [/^\/new$/, "Open an incident", newView],
];

const main = document.getElementById("main");
const navigation = document.getElementById("navigation");
let leave = () => {};

async function show() {
  const path = location.hash.slice(1) || "/incidents";
  leave();
  leave = () => {};
  navigation.hidden = !api.isSignedIn();
  if (!api.isSignedIn()) {
    document.title = "Sign in · ITOps";
    fill(main, signInView(show));
    return;
  }
  for (const link of navigation.querySelectorAll("a")) {
    const isHere = path.startsWith(link.hash.slice(1));
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const [, title, view, match] = ROUTES.map(([form, ...rest]) => [form, ...rest, form.exec(path)]).find((route) => route[3]) ?? [];
  if (!view) {
    location.hash = "#/incidents";
    return;
  }
  document.title = `${match[1] ?? title} · ITOps`;
  leave = view(main, match[1]) ?? leave;
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
  countWaiting();
}

async function countWaiting() {
  const counter = document.getElementById("waiting");
  try {
    const { items } = await api.get("/approvals", { status: "pending" });
    counter.textContent = String(items.length);
    counter.hidden = items.length === 0;
    counter.setAttribute("aria-label", `${items.length} waiting`);
  } catch {
    counter.hidden = true;
  }
}

function signOut(reason = "") {
  api.signOut();
  show();
  if (reason) main.prepend(problem(new Error(reason)));
}

addEventListener("hashchange", show);
addEventListener("signed-out", () => api.isSignedIn() && signOut("The API does not accept this token. Sign in again."));
addEventListener("approval-decided", countWaiting);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.getElementById("sign-out").addEventListener("click", () => {
  signOut();
  announce("Signed out");
});

await api.configure();
await show();
