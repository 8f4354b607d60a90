import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import type { LoadedState } from "../live/useLoaded";
import { Problem } from "./Problem";

interface Properties<T> {
  state: LoadedState<T>;
  children: (value: T) => ReactNode;
}

/** What was asked for once it is there; until then a spinner, or what went wrong. */
export function Loaded<T>({ state, children }: Properties<T>) {
  return (
    <>
      <Problem error={state.error} onRetry={state.reload} />
      {state.value === undefined ? state.error ? null : <Spinner size="large" /> : children(state.value)}
    </>
  );
}
