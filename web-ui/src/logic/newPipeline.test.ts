import { expect, it } from "vitest";
import { bodyOf, faultsOf, type Typed } from "./newPipeline";

const GOOD: Typed = {
  name: "customer-etl",
  kind: "pipeline",
  arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:customer-etl",
  owner: " data-team ",
  tier: "2",
  description: "",
  logGroups: "/aws/lambda/clean, /aws/lambda/load",
  dependsOn: ["lake"],
  runbook: "",
  repeatable: "yes",
  key: "one",
};

it("takes what is whole, trimmed and typed", () => {
  expect(faultsOf(GOOD)).toEqual({});
  expect(bodyOf(GOOD)).toMatchObject({
    entry_id: "customer-etl",
    owner: "data-team",
    tier: 2,
    log_groups: ["/aws/lambda/clean", "/aws/lambda/load"],
    runbook: null,
    repeatable: true,
  });
});

it("says of each field what is wrong with it", () => {
  const faults = faultsOf({ ...GOOD, name: "a b", arn: "", owner: "x".repeat(301), dependsOn: ["<b>"] });

  expect(Object.keys(faults)).toEqual(["name", "arn", "owner", "dependsOn"]);
  expect(faults.arn).toContain("needs the ARN");
  expect(faultsOf({ ...GOOD, arn: "arn:aws:sqs:eu-west-1:123456789012:q" }).arn).toContain("no ARN of a state machine");
});

it("asks for an ARN of pipelines alone", () => {
  expect(faultsOf({ ...GOOD, kind: "queue", arn: "" })).toEqual({});
});
