// Cognito's hosted page, with PKCE: the only way in that leaves no secret in the browser's history.

import { setSignInNote, token } from "./session";
import type { Settings, SignInSettings } from "./settings";

const VERIFIER = "itops.pkce";
const WANTED = "itops.wanted";
const SESSION = "itops.token";

function encoded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function challengeOf(verifier: string): Promise<string> {
  const hashed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return encoded(new Uint8Array(hashed));
}

function home(): string {
  return `${location.origin}${location.pathname}`;
}

export async function beginSignIn(settings: SignInSettings): Promise<void> {
  const verifier = encoded(crypto.getRandomValues(new Uint8Array(48)));
  const state = encoded(crypto.getRandomValues(new Uint8Array(16)));
  sessionStorage.setItem(VERIFIER, JSON.stringify({ verifier, state }));
  sessionStorage.setItem(WANTED, location.hash);
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: settings.client_id,
    redirect_uri: home(),
    scope: "openid email profile",
    state,
    code_challenge_method: "S256",
    code_challenge: await challengeOf(verifier),
  });
  location.assign(`${settings.domain}/oauth2/authorize?${asked}`);
}

/** Turns the code that Cognito sent us back with into a token; what goes wrong is told. */
export async function completeSignIn(settings: Settings): Promise<void> {
  const given = new URLSearchParams(location.search);
  const code = given.get("code");
  const refused = given.get("error_description") ?? given.get("error");
  if (!settings.sign_in || (!code && !refused)) return;
  const kept = JSON.parse(sessionStorage.getItem(VERIFIER) ?? "{}") as { verifier?: string; state?: string };
  sessionStorage.removeItem(VERIFIER);
  history.replaceState(null, "", `${location.pathname}${sessionStorage.getItem(WANTED) || "#/incidents"}`);
  if (token()) return;
  const isOurs = Boolean(kept.verifier) && kept.state === given.get("state");
  // An answer that nobody here asked for is somebody else's: it must not sign anybody in.
  if (!isOurs || !code) {
    setSignInNote(refused && isOurs ? `The account's page refused: ${refused}.` : "That sign-in was not begun here, so it was not taken. Begin it again.");
    return;
  }
  setSignInNote(await idToken(settings.sign_in, code, kept.verifier ?? ""));
}

/** Keeps the token for the code, or returns why there is none. */
async function idToken(hosted: SignInSettings, code: string, verifier: string): Promise<string> {
  try {
    const answer = await fetch(`${hosted.domain}/oauth2/token`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: hosted.client_id,
        code,
        redirect_uri: home(),
        code_verifier: verifier,
      }),
    });
    const { id_token } = (await answer.json()) as { id_token?: string };
    if (!answer.ok || !id_token) return "The account's page took too long or was asked twice. Sign in again.";
    sessionStorage.setItem(SESSION, id_token);
    return "";
  } catch {
    return "The account's page does not answer. Sign in again in a moment.";
  }
}
