// A printed link carries a code that signs in once: `#code=…&to=/…`. It is exchanged for a session.

import { errorOf } from "./problem";
import { setSignInNote, signIn } from "./session";
import { settings } from "./settings";

const LINK = /^#code=([A-Za-z0-9_-]+)(?:&to=(.*))?$/;

/** Takes the code out of the address, so that it stays neither in sight nor in the history. */
export function takeCodeFromAddress(place: Location = location): string {
  const given = LINK.exec(place.hash);
  if (!given?.[1]) return "";
  history.replaceState(null, "", `${place.pathname}${place.search}#${given[2] || "/incidents"}`);
  return given[1];
}

/** Signs in with the code; where that fails, the sign-in page says why and how to go on. */
export async function exchange(code: string): Promise<void> {
  if (!code) return;
  let answer: Response;
  try {
    answer = await fetch(`${settings().api_base}/sign-in`, {
      method: "POST",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
  } catch {
    unused(code, "The API does not answer, so the link was not used. Load this page again in a moment.");
    return;
  }
  const body: unknown = await answer.json().catch(() => undefined);
  const given = (body as { token?: string } | undefined)?.token;
  if (answer.ok && given) signIn(given);
  else if (answer.status >= 500) unused(code, "The link could not be used just now. Load this page again in a moment.");
  else setSignInNote(`${errorOf(body, answer.status).message}.`);
}

/** Puts a code that was not used back into the address: loading the page again tries once more. */
function unused(code: string, told: string): void {
  history.replaceState(null, "", `${location.pathname}#code=${code}&to=${location.hash.slice(1)}`);
  setSignInNote(told);
}
