import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Part, partInSight } from "../logic/windowed";

/** How much beyond the window's edges is there already when somebody scrolls, in pixels. */
const MARGIN = 900;
const FIRST: Part = { from: 0, to: 24, before: 0, after: 0 };

/** Which rows of a long list have to be there now; those rendered carry their id in `data-row`. */
export function useWindowed(list: RefObject<HTMLElement | null>, ids: string[]): Part {
  const heights = useRef(new Map<string, number>());
  const [part, setPart] = useState(FIRST);
  const look = useCallback(() => {
    const place = list.current;
    if (!place) return;
    const top = -place.getBoundingClientRect().top - MARGIN;
    const found = partInSight(ids, heights.current, top, top + innerHeight + 2 * MARGIN);
    setPart((was) => (JSON.stringify(was) === JSON.stringify(found) ? was : found));
  }, [ids, list]);

  useEffect(() => {
    let asked = 0;
    const soon = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(look);
    };
    let width = innerWidth;
    const resized = () => {
      // Lines break elsewhere now.
      if (innerWidth !== width) heights.current.clear();
      width = innerWidth;
      soon();
    };
    addEventListener("scroll", soon, { passive: true, capture: true });
    addEventListener("resize", resized);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener("scroll", soon, { capture: true });
      removeEventListener("resize", resized);
    };
  }, [look]);

  // What was just rendered is measured; the rooms around it follow in the next frame. At once would be
  // a circle: a room that shrinks moves what is in sight.
  useLayoutEffect(() => {
    for (const row of list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? []) {
      heights.current.set(row.dataset.row ?? "", row.offsetHeight);
    }
    const asked = requestAnimationFrame(look);
    return () => cancelAnimationFrame(asked);
  }, [list, look, part]);
  return part;
}
