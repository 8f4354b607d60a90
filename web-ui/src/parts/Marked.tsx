import { useEffect, useRef } from "react";
import { piecesOf } from "../logic/quotes";

/** A text with the quote in it lit and scrolled to. */
export function Marked({ text, quote }: { text: string; quote: string | undefined }) {
  const lit = useRef<HTMLElement>(null);
  useEffect(() => {
    lit.current?.scrollIntoView({ block: "center" });
  }, [text, quote]);
  const pieces = piecesOf(text, quote);
  return (
    <>
      {pieces.map((piece, number) =>
        piece.lit ? (
          // The pieces of one text never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <mark key={number} ref={lit}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
