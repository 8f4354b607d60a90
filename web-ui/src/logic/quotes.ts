// Finding what a verdict quotes in the evidence that it cites.

/** A quote as it stands in a text of its own, and as it stands within JSON. */
export function wordings(quote: string): string[] {
  const found = new Set([quote]);
  try {
    found.add(JSON.parse(`"${quote}"`) as string);
  } catch {
    // It is no part of a JSON string; it stands for itself.
  }
  const member = /^"([^"]+)":(.*)$/s.exec(quote);
  if (member) {
    const value = (member[2] ?? "").replace(/^"|"$/g, "");
    found.add(`"${member[1]}": ${member[2]}`);
    found.add(value);
    // Python writes 5.0 where a browser writes 5.
    found.add(`"${member[1]}": ${(member[2] ?? "").replace(/\.0$/, "")}`);
  }
  return [...found].filter(Boolean);
}

export interface Piece {
  text: string;
  lit: boolean;
}

/** Cuts a text where the quote stands in it; the first wording that is found counts. */
export function piecesOf(text: string, quote: string | undefined): Piece[] {
  if (!quote) return [{ text, lit: false }];
  for (const wording of wordings(quote)) {
    const at = text.indexOf(wording);
    if (at < 0) continue;
    return [
      { text: text.slice(0, at), lit: false },
      { text: text.slice(at, at + wording.length), lit: true },
      { text: text.slice(at + wording.length), lit: false },
    ].filter((piece) => piece.text);
  }
  return [{ text, lit: false }];
}

export function holds(text: string, quote: string | undefined): boolean {
  return Boolean(quote) && piecesOf(text, quote).some((piece) => piece.lit);
}
