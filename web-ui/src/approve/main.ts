// One approval on a page of its own: small enough for a phone at night on a bad line.

import type { Schemas } from "../api/client";
import { ApiError, told, wayOn } from "../api/problem";
import { exchange, takeCodeFromAddress } from "../api/oneTimeLink";
import { adoptSession, SESSION_CHANGED, signIn, signInNote, token } from "../api/session";
import { readSettings, settings } from "../api/settings";
import { beginSignIn, completeSignIn } from "../api/signIn";
import { Poller } from "../live/poller";
import { countDown } from "../logic/words";
import { askFor, type Asked, forget, unsent } from "./ask";
import { aftermathTold, describe } from "./describe";
import { fill, h } from "./dom";
import { get, post } from "./send";
import "./approve.css";

type Approval = Schemas["ApprovalView"];

const main = document.getElementById("main") as HTMLElement;
const announcer = document.getElementById("announcer") as HTMLElement;
const parts = {
  note: h("div"),
  card: h("article"),
  clock: h("p", { class: "clock" }),
  aftermath: h("div"),
  ask: h("div"),
};
let poller: Poller | undefined;
let shown: Approval | undefined;

function idInAddress(): string {
  return /APR-[0-9A-F]{8}/.exec(location.hash)?.[0] ?? "";
}

function problem(error: ApiError): HTMLElement {
  const faults = error.faults.map((fault) => h("li", {}, fault));
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("b", {}, error.message),
    faults.length ? h("ul", {}, faults) : null,
    " ",
    wayOn(error.status),
  );
}

function tick(): void {
  if (!shown || shown.status !== "pending") {
    parts.clock.textContent = "";
    return;
  }
  const left = countDown(shown.card.expires_at, Date.now());
  parts.clock.textContent = left ? `${left} left to decide` : "The time to decide is over";
}

async function decide(asked: Asked): Promise<ApiError | undefined> {
  try {
    const id = shown?.approval_id ?? "";
    const decided = await post<Approval>(`/approvals/${id}/decision`, asked.word, asked.key);
    forget(id);
    draw(decided);
    announcer.textContent = shown?.card.state ?? "";
    void poller?.now();
    return undefined;
  } catch (error) {
    const failed = told(error);
    if (failed.status === 409) void poller?.now();
    return failed;
  }
}

function draw(approval: Approval): void {
  const changed = `${approval.version} ${approval.status}` !== `${shown?.version} ${shown?.status}`;
  shown = approval;
  tick();
  if (!changed) return;
  fill(parts.card, describe(approval));
  fill(parts.ask, approval.status === "pending" ? askFor(approval, decide, problem) : unsent(approval.approval_id));
}

/** Drawn anew only where it says something else: it is read aloud each time. */
function drawAftermath(approval: Approval): void {
  const drawn = aftermathTold(approval);
  if ((drawn?.textContent ?? "") !== parts.aftermath.textContent) fill(parts.aftermath, drawn);
}

function signInForm(): HTMLElement {
  const hosted = settings().sign_in;
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const submit = (event: Event) => {
    event.preventDefault();
    if (input.value.trim()) signIn(input.value);
  };
  return h(
    "form",
    { onsubmit: submit },
    h("h1", {}, "Sign in to decide"),
    signInNote() ? h("p", { class: "problem", role: "alert" }, signInNote()) : null,
    hosted ? h("button", { type: "button", class: "yes", onclick: () => void beginSignIn(hosted) }, "Sign in with your account") : null,
    h("label", { for: "token" }, "API token"),
    input,
    h("button", { type: "submit" }, "Sign in with the token"),
  );
}

function show(): void {
  poller?.stop();
  shown = undefined;
  const id = idInAddress();
  document.title = `${id || "Approval"} · ITOps`;
  if (!id) {
    fill(main, h("h1", {}, "No approval is named"), h("p", {}, "The address should end in #APR-…"));
    return;
  }
  if (!token()) {
    fill(main, signInForm());
    return;
  }
  fill(parts.card, h("p", { class: "quiet" }, "Loading the approval"));
  fill(parts.ask);
  fill(parts.aftermath);
  fill(main, parts.note, parts.clock, parts.aftermath, parts.card, parts.ask);
  poller = new Poller(
    async (signal) => {
      const approval = await get<Approval>(`/approvals/${id}`, signal);
      const isNew = approval.version !== shown?.version;
      draw(approval);
      drawAftermath(approval);
      return approval.aftermath?.is_final ? "over" : isNew;
    },
    (error) => fill(parts.note, error === undefined ? null : problem(told(error))),
  );
  void poller.now();
}

const given = idInAddress();
const code = takeCodeFromAddress();
if (given && !idInAddress()) history.replaceState(null, "", `${location.pathname}#${given}`);
await readSettings();
await exchange(code);
await completeSignIn(settings());
await adoptSession();
addEventListener("hashchange", show);
addEventListener(SESSION_CHANGED, show);
setInterval(tick, 1_000);
show();
