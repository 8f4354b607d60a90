// Who is signed in here. The token lives in this tab; other tabs of this browser hand it on.

const TOKEN = "itops.token";
const CHANNEL = "itops.session";
const PATIENCE = 150;

export const SESSION_CHANGED = "itops-session";

export function token(): string {
  return sessionStorage.getItem(TOKEN) ?? "";
}

export function signIn(given: string): void {
  sessionStorage.setItem(TOKEN, given.trim());
  dispatchEvent(new Event(SESSION_CHANGED));
}

export function signOut(): void {
  sessionStorage.removeItem(TOKEN);
  dispatchEvent(new Event(SESSION_CHANGED));
}

/** Takes the token out of `#token=…&to=/…`, so that it stays neither in sight nor in the history. */
export function takeTokenFromAddress(place: Location = location): void {
  const given = /^#token=([A-Za-z0-9_\-.~%]+)(?:&to=(.*))?$/.exec(place.hash);
  if (!given?.[1]) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(given[1]).trim());
  history.replaceState(null, "", `${place.pathname}${place.search}#${given[2] ?? "/incidents"}`);
}

/** A page opened in a new tab asks the tabs that are there already. */
export async function adoptSession(): Promise<void> {
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(CHANNEL);
  const given = token() ? "" : await asked(channel);
  if (given) sessionStorage.setItem(TOKEN, given);
  channel.addEventListener("message", (message: MessageEvent<{ kind: string }>) => {
    // A channel reaches this origin alone; unlike a window it takes no target.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (message.data.kind === "ask" && token()) channel.postMessage({ kind: "tell", token: token() });
  });
}

function asked(channel: BroadcastChannel): Promise<string> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(""), PATIENCE);
    const hear = (message: MessageEvent<{ kind: string; token?: string }>) => {
      if (message.data.kind !== "tell" || !message.data.token) return;
      clearTimeout(late);
      channel.removeEventListener("message", hear);
      resolve(message.data.token);
    };
    channel.addEventListener("message", hear);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    channel.postMessage({ kind: "ask" });
  });
}
