// The REST API of the same origin, with the token of this browser tab.

const TOKEN = "itops.token";
let base = "api";

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function configure() {
  takeTokenFromAddress();
  try {
    const response = await fetch("config.json", { cache: "no-store" });
    if (!response.ok) return;
    const configured = (await response.json()).api_base;
    if (typeof configured === "string" && configured) base = configured.replace(/\/+$/, "");
  } catch {
    // No config.json beside the page: the API is at /api of the same origin.
  }
}

function takeTokenFromAddress() {
  const given = /^#token=([A-Za-z0-9_\-.~%]+)(?:&to=(.*))?$/.exec(location.hash);
  if (!given) return;
  signIn(decodeURIComponent(given[1]));
  history.replaceState(null, "", `${location.pathname}${location.search}#${given[2] ?? "/incidents"}`);
}

export function signIn(token) {
  sessionStorage.setItem(TOKEN, token.trim());
}

export function signOut() {
  sessionStorage.removeItem(TOKEN);
}

export function isSignedIn() {
  return Boolean(sessionStorage.getItem(TOKEN));
}

export function get(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return send("GET", query ? `${path}?${query}` : path);
}

export function post(path, body) {
  return send("POST", path, body, { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()).slice(2) });
}

export async function all(path, parameters = {}) {
  const items = [];
  let cursor;
  do {
    const page = await get(path, { ...parameters, cursor });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  return items;
}

async function send(method, path, body, headers = {}) {
  let response;
  try {
    response = await fetch(`${base}${path}`, {
      method,
      cache: "no-store",
      headers: {
        Accept: "application/json",
        Authorization: `Bearer ${sessionStorage.getItem(TOKEN) ?? ""}`,
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new ApiError("The API does not answer. Is the system running?", 0);
  }
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told;
  if (response.status === 401) dispatchEvent(new CustomEvent("signed-out"));
  throw new ApiError(sentence(told, response), response.status);
}

function sentence(told, response) {
  const faults = Array.isArray(told.errors) ? told.errors.map((fault) => typeof fault === "string" ? fault : JSON.stringify(fault)) : [];
  const detail = told.detail ?? told.message ?? told.title ?? `The API answered ${response.status}`;
  return [detail, ...faults].join("; ");
}
