// @vitest-environment happy-dom

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../api/problem";
import { FIRST, Poller, QUIET } from "./poller";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function poller(look: () => Promise<boolean | "over">, tell: (error: unknown) => void = () => undefined) {
  return new Poller(look, tell);
}

it("looks every two seconds while there is news, and ever slower when there is none", async () => {
  const found = [true, true, ...Array<boolean>(20).fill(false)];
  const one = poller(async () => found.shift() ?? false);

  await one.now();
  expect(one.delay).toBe(FIRST);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(one.delay).toBe(QUIET);
  one.stop();
});

it("tells an error and goes on; the next good answer takes it back", async () => {
  const told: unknown[] = [];
  const answers = [new ApiError("down", 0), undefined];
  const one = poller(
    async () => {
      const error = answers.shift();
      if (error) throw error;
      return true;
    },
    (error) => told.push(error),
  );

  await one.now();
  await vi.advanceTimersByTimeAsync(10_000);
  one.stop();

  expect((told[0] as ApiError).message).toBe("down");
  expect(told[1]).toBeUndefined();
});

it("gives up where asking again would not help", async () => {
  const look = vi.fn(async () => {
    throw new ApiError("who are you", 401);
  });

  await poller(look).now();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(look).toHaveBeenCalledTimes(1);
});

it("rests while nobody sees the page, and looks at once when somebody does", async () => {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  const look = vi.fn(async () => true);
  const one = poller(look);
  await one.now();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(look).toHaveBeenCalledTimes(1);

  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  one.stop();

  expect(look).toHaveBeenCalledTimes(2);
});
