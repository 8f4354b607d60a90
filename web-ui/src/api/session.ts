// Who is signed in here. The token lives in this tab; other tabs of this browser hand it on.

const TOKEN = "itops.token";
const CHANNEL = "itops.session";
const PATIENCE = 150;

export const SESSION_CHANGED = "itops-session";

let note = "";
let channel: BroadcastChannel | undefined;

export function token(): string {
  return sessionStorage.getItem(TOKEN) ?? "";
}

/** What the sign-in page has to say, such as why a link did not work. */
export function signInNote(): string {
  return note;
}

export function setSignInNote(told: string): void {
  note = told;
}

export function signIn(given: string): void {
  sessionStorage.setItem(TOKEN, given.trim());
  note = "";
  dispatchEvent(new Event(SESSION_CHANGED));
}

/** Takes the token out of this tab; `why` is told on the page that asks for another. */
export function forget(why = ""): void {
  sessionStorage.removeItem(TOKEN);
  note = why;
  dispatchEvent(new Event(SESSION_CHANGED));
}

/** What the API no longer takes is forgotten; a late refusal of an older token changes nothing. */
export function refused(shown: string): void {
  if (shown && shown === token()) forget("Your session is over, or the token is not good here. Sign in again; what you typed is kept.");
}

/** Tells the other tabs of this browser that what they share is over, too. */
export function forgetEverywhere(why: string): void {
  const gone = token();
  forget(why);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel?.postMessage({ kind: "out", token: gone });
}

interface Message {
  kind: string;
  token?: string;
}

/** A page opened in a new tab asks the tabs that are there already. */
export async function adoptSession(): Promise<void> {
  if (typeof BroadcastChannel === "undefined") return;
  const heard = new BroadcastChannel(CHANNEL);
  channel = heard;
  const given = token() ? "" : await asked(heard);
  if (given) sessionStorage.setItem(TOKEN, given);
  heard.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    // A channel reaches this origin alone; unlike a window it takes no target.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (data.kind === "ask" && token()) heard.postMessage({ kind: "tell", token: token() });
    if (data.kind === "out" && token() && data.token === token()) forget("You signed out in another tab.");
  });
}

function asked(heard: BroadcastChannel): Promise<string> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(""), PATIENCE);
    const hear = ({ data }: MessageEvent<Message>) => {
      if (data.kind !== "tell" || !data.token) return;
      clearTimeout(late);
      heard.removeEventListener("message", hear);
      resolve(data.token);
    };
    heard.addEventListener("message", hear);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    heard.postMessage({ kind: "ask" });
  });
}
