// Signing out: the session ends at the API, in every tab, and with the account's own page.

import { forgetEverywhere, token } from "./session";
import { settings } from "./settings";

function isOfAnAccount(given: string): boolean {
  return given.split(".").length === 3;
}

export async function signOut(): Promise<void> {
  const given = token();
  const hosted = settings().sign_in;
  forgetEverywhere("You are signed out.");
  try {
    await fetch(`${settings().api_base}/session`, {
      method: "DELETE",
      keepalive: true,
      headers: { Authorization: `Bearer ${given}` },
    });
  } catch {
    // Out of reach: the session ends by itself in some hours, and this browser has forgotten it.
  }
  if (hosted && isOfAnAccount(given)) {
    // Else the account's page would let the next person in without asking.
    const home = `${location.origin}/`;
    location.assign(`${hosted.domain}/logout?${new URLSearchParams({ client_id: hosted.client_id, logout_uri: home })}`);
  }
}
