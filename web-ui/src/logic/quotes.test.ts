import { describe, expect, it } from "vitest";
import { linesOf, quoteTold, told } from "./quotes";

describe("a quote of an answer", () => {
  it("names a field and its value without JSON's signs", () => {
    expect(quoteTold('"rollout_state":"FAILED"')).toBe("rollout state: FAILED");
    expect(quoteTold('"latest":97.252,')).toBe("latest: 97.252");
    expect(quoteTold('"changes":[]')).toBe("changes: none");
    expect(quoteTold('"deployments":')).toBe("deployments: …");
  });

  it("mends what the cut took from it", () => {
    expect(quoteTold('{"exit_code":137,"reason":"OutOfMemoryError: Cont')).toBe("exit code: 137\nreason: OutOfMemoryError: Cont");
    expect(quoteTold('"exit_code":137,"is')).toBe("exit code: 137");
    expect(quoteTold('"a":1},{"b":{"c":[1,2]')).toBe("1 › a: 1\n2 › b › c: 1, 2");
    expect(quoteTold('["2026-11-20T12:01:00Z",7]')).toBe("2026-11-20T12:01:00Z, 7");
  });

  it("leaves words as they are but for the escapes, and reads JSON that was logged", () => {
    const line = "2026-11-20T12:12:07.180Z ERROR [payment-service] {a: 46%} Heap space";

    expect(quoteTold(line)).toBe(line);
    expect(quoteTold('said \\"no\\" to C:\\\\x')).toBe('said "no" to C:\\x');
    expect(quoteTold('{\\"level\\":\\"ERROR\\",\\"count\\":3}')).toBe("level: ERROR\ncount: 3");
    expect(quoteTold('half " of it')).toBe('half " of it');
    expect(quoteTold("97")).toBe("97");
  });
});

it("tells every value by its place", () => {
  const content = { tasks: [{ id: "t", codes: [1, 137] }], note: null, empty: {} };

  expect(linesOf(content).map(({ path }) => path)).toEqual([["tasks", 0, "id"], ["tasks", 0, "codes"], ["note"], ["empty"]]);
  expect(told(content)).toBe("tasks › 1 › id: t\ntasks › 1 › codes: 1, 137\nnote: -\nempty: none");
  expect(told("plain")).toBe("plain");
});
