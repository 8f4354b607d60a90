import { expect, it } from "vitest";
import { faultsOf, namesIn } from "./newIncident";

const GOOD = { title: "Payments fail", description: "", severity: "", services: ["payment"], detectedBy: "", key: "k" };

it("finds nothing wrong with what the API takes", () => {
  expect(faultsOf(GOOD)).toEqual({});
});

it("asks for a title and a service, and names a service that is none", () => {
  expect(faultsOf({ ...GOOD, title: "  " }).title).toBeDefined();
  expect(faultsOf({ ...GOOD, services: [] }).services).toBeDefined();
  expect(faultsOf({ ...GOOD, services: ["<b>"] }).services).toContain("<b>");
  expect(faultsOf({ ...GOOD, title: "x".repeat(301) }).title).toContain("300");
});

it("reads several services from one line", () => {
  expect(namesIn("payment, checkout;cart  ")).toEqual(["payment", "checkout", "cart"]);
});
