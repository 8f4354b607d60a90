// @vitest-environment happy-dom

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { exchange, takeCodeFromAddress } from "./oneTimeLink";
import { errorOf, wayOn } from "./problem";
import { refused, signIn, signInNote, token } from "./session";
import { challengeOf } from "./signIn";
import { signOut } from "./signOut";

beforeEach(() => sessionStorage.clear());
afterEach(() => void vi.restoreAllMocks());

it("takes the code out of the address before it is used, and goes where the link leads", () => {
  location.hash = "#code=abc-123_d&to=/approvals/APR-0000000A?x=1&y=2";

  expect(takeCodeFromAddress()).toBe("abc-123_d");
  expect(location.hash).toBe("#/approvals/APR-0000000A?x=1&y=2");
});

it("leaves any other address alone", () => {
  location.hash = "#/incidents";

  expect(takeCodeFromAddress()).toBe("");
  expect(location.hash).toBe("#/incidents");
});

it("forgets a token that is refused, and not a newer one", () => {
  signIn("itops_new");

  refused("itops_old");
  expect(token()).toBe("itops_new");
  refused("itops_new");
  expect(token()).toBe("");
  expect(signInNote()).toContain("what you typed is kept");
});

function answering(status: number, body: unknown) {
  return vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(JSON.stringify(body), { status }));
}

it("exchanges the code for a session", async () => {
  const asked = answering(201, { token: "itops_session" });

  await exchange("abc-123");

  expect(token()).toBe("itops_session");
  expect(asked.mock.calls[0]?.[1]?.body).toBe('{"code":"abc-123"}');
});

it("says why a used link does not sign in", async () => {
  answering(409, { detail: "this sign-in link was used already; `itops link` prints a fresh one" });

  await exchange("abc-123");

  expect(token()).toBe("");
  expect(signInNote()).toContain("itops link");
});

it("keeps a code that could not be used for the next try", async () => {
  location.hash = "#/stats";
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no network"));

  await exchange("abc-123");

  expect(location.hash).toBe("#code=abc-123&to=/stats");
  expect(signInNote()).toContain("Load this page again");
});

it("ends the session at the API when somebody signs out, and forgets the token whatever it says", async () => {
  signIn("itops_session");
  const asked = answering(503, {});

  await signOut();

  expect(token()).toBe("");
  expect(asked.mock.calls[0]?.[1]).toMatchObject({ method: "DELETE", headers: { Authorization: "Bearer itops_session" } });
});

it("hashes the verifier as RFC 7636 shows it", async () => {
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

  expect(await challengeOf(verifier)).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

it("tells a problem in its own words, with its faults and a way on", () => {
  const error = errorOf({ detail: "somebody was faster", errors: ["title: too long"] }, 409);

  expect(error.message).toBe("Somebody was faster");
  expect(error.faults).toEqual(["title: too long"]);
  expect(wayOn(409)).toContain("faster");
  expect(wayOn(503)).toContain("lost");
});
