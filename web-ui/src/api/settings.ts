// What a deployment says of itself, in `config.json` beside the page; one build serves them all.

export interface SignInSettings {
  domain: string;
  client_id: string;
}

export interface Settings {
  api_base: string;
  sign_in?: SignInSettings;
}

let known: Settings = { api_base: "api" };

export async function readSettings(): Promise<Settings> {
  try {
    const answer = await fetch("config.json", { cache: "no-store" });
    if (answer.ok) known = { ...known, ...((await answer.json()) as Partial<Settings>) };
  } catch {
    // Nothing beside the page: the API is at /api of the same origin.
  }
  known.api_base = known.api_base.replace(/\/+$/, "");
  return known;
}

export function settings(): Settings {
  return known;
}
