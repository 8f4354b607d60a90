// What somebody typed outlives reloads, sign-outs and errors; it goes when it was sent.

import { useCallback, useState } from "react";

const PREFIX = "itops.draft.";

function read<T>(name: string, initial: T): T {
  try {
    const kept = sessionStorage.getItem(PREFIX + name);
    return kept === null ? initial : { ...initial, ...(JSON.parse(kept) as T) };
  } catch {
    return initial;
  }
}

export function useDraft<T extends object>(name: string, initial: T): [T, (change: Partial<T>) => void, () => void] {
  const [draft, setDraft] = useState(() => read(name, initial));
  const change = useCallback(
    (part: Partial<T>) =>
      setDraft((was) => {
        const now = { ...was, ...part };
        sessionStorage.setItem(PREFIX + name, JSON.stringify(now));
        return now;
      }),
    [name],
  );
  const discard = useCallback(() => {
    sessionStorage.removeItem(PREFIX + name);
    setDraft(initial);
    // The initial value is the same for the whole life of a form.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [name]);
  return [draft, change, discard];
}
