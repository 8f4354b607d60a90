import { useEffect, useRef } from "react";
import type { Piece } from "../logic/spans";

/** Pieces of a text, the lit ones marked, the first of them scrolled to. */
export function Marked({ pieces }: { pieces: Piece[] }) {
  const lit = useRef<HTMLElement>(null);
  const first = pieces.findIndex((piece) => piece.lit);
  useEffect(() => {
    lit.current?.scrollIntoView({ block: "center" });
  }, [first]);
  return (
    <>
      {pieces.map((piece, number) =>
        piece.lit ? (
          // The pieces of one text never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <mark key={number} ref={number === first ? lit : undefined}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
