import { useState } from "react";
import { newKey } from "../api/client";
import { useDraft } from "./useDraft";
import { useSending } from "./useSending";

/** A form that makes something once: what is typed, and what is wrong with it once it was to be sent. */
export function useForm<T extends { key: string }, F extends object>(
  name: string,
  empty: Omit<T, "key">,
  faultsOf: (typed: T) => F,
  deliver: (typed: T) => Promise<void>,
) {
  const [typed, keep, discard] = useDraft<T>(name, { ...empty, key: newKey() } as T);
  // Other words are another request; the same ones, sent again, are one.
  const change = (part: Partial<T>) => keep({ ...part, key: newKey() } as Partial<T>);
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const submit = () => {
    setAsked(true);
    if (sending || Object.keys(faultsOf(typed)).length) return;
    void send(async () => {
      await deliver(typed);
      discard();
    });
  };
  return { typed, change, faults: asked ? faultsOf(typed) : ({} as Partial<F>), sending, error, submit };
}
