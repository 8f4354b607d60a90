// The two calls of the light page, without the client that the console has for all of them.

import { ApiError, errorOf } from "../api/problem";
import { refused, token } from "../api/session";
import { settings } from "../api/settings";

async function send<T>(path: string, request: RequestInit): Promise<T> {
  const shown = token();
  let answer: Response;
  try {
    answer = await fetch(`${settings().api_base}${path}`, {
      ...request,
      cache: "no-store",
      headers: { ...request.headers, Authorization: `Bearer ${shown}` },
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The API does not answer.", 0);
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body as T;
  if (answer.status === 401) refused(shown);
  throw errorOf(body, answer.status);
}

export function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return send<T>(path, { signal });
}

export function post<T>(path: string, body: unknown, key: string): Promise<T> {
  return send<T>(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  });
}
