// Light, dark, or as the system says.

import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useEffect, useState, useSyncExternalStore } from "react";

export type Appearance = "system" | "light" | "dark";

const KEPT = "itops.appearance";
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 688px)");

function watch(query: MediaQueryList) {
  return (tell: () => void) => {
    query.addEventListener("change", tell);
    return () => query.removeEventListener("change", tell);
  };
}
const watchDark = watch(dark);
const watchNarrow = watch(narrow);

export function useNarrow(): boolean {
  return useSyncExternalStore(watchNarrow, () => narrow.matches);
}

export function useAppearance(): [Appearance, (chosen: Appearance) => void] {
  const [chosen, setChosen] = useState<Appearance>(() => (localStorage.getItem(KEPT) as Appearance | null) ?? "system");
  const isDark = useSyncExternalStore(watchDark, () => dark.matches);
  useEffect(() => {
    localStorage.setItem(KEPT, chosen);
    const mode = chosen === "system" ? isDark : chosen === "dark";
    applyMode(mode ? Mode.Dark : Mode.Light);
    document.documentElement.style.colorScheme = mode ? "dark" : "light";
  }, [chosen, isDark]);
  return [chosen, setChosen];
}
