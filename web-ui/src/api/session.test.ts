// @vitest-environment happy-dom

import { beforeEach, expect, it } from "vitest";
import { errorOf, wayOn } from "./problem";
import { takeTokenFromAddress, token } from "./session";
import { challengeOf } from "./signIn";

beforeEach(() => {
  sessionStorage.clear();
});

it("takes the token out of the address and goes where the link leads", () => {
  location.hash = "#token=itops_abc-123&to=/approvals/APR-0000000A";

  takeTokenFromAddress();

  expect(token()).toBe("itops_abc-123");
  expect(location.hash).toBe("#/approvals/APR-0000000A");
});

it("leaves any other address alone", () => {
  location.hash = "#/incidents";

  takeTokenFromAddress();

  expect(token()).toBe("");
  expect(location.hash).toBe("#/incidents");
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
