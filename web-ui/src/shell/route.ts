// The address's fragment is the route: `#/incidents?status=open`. No server has to know it.

import { useSyncExternalStore } from "react";

export interface Route {
  path: string;
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  return { path: path || "/incidents", query: new URLSearchParams(query) };
}

function subscribe(tell: () => void): () => void {
  addEventListener("hashchange", tell);
  return () => removeEventListener("hashchange", tell);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

export function go(path: string): void {
  location.hash = path;
}

/** Keeps a part of the view in the address, without a new entry in the history. */
export function keepInAddress(change: Record<string, string | undefined>): void {
  const { path, query } = parseRoute(location.hash);
  for (const [name, value] of Object.entries(change)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const told = query.toString();
  history.replaceState(null, "", `#${path}${told ? `?${told}` : ""}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
