// Cognito's hosted page, with PKCE: the only way in that leaves no secret in the browser's history.

import { token } from "./session";
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

/** Turns the code that Cognito sent us back with into a token; anything odd is ignored. */
export async function completeSignIn(settings: Settings): Promise<void> {
  const given = new URLSearchParams(location.search);
  const code = given.get("code");
  if (!code || !settings.sign_in || token()) return;
  const kept = JSON.parse(sessionStorage.getItem(VERIFIER) ?? "{}") as { verifier?: string; state?: string };
  sessionStorage.removeItem(VERIFIER);
  history.replaceState(null, "", `${location.pathname}${sessionStorage.getItem(WANTED) ?? "#/incidents"}`);
  if (!kept.verifier || kept.state !== given.get("state")) return;
  const answer = await fetch(`${settings.sign_in.domain}/oauth2/token`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.sign_in.client_id,
      code,
      redirect_uri: home(),
      code_verifier: kept.verifier,
    }),
  });
  if (!answer.ok) return;
  const { id_token } = (await answer.json()) as { id_token?: string };
  if (id_token) sessionStorage.setItem(SESSION, id_token);
}
