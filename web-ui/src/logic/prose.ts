// Text of files as people read it: paragraphs are joined, headings and lists kept. Never markup.

export type Block =
  | { kind: "heading"; text: string }
  | { kind: "paragraph"; text: string }
  | { kind: "list"; items: string[] };

const ITEM = /^\s*(?:[-*]|\d+\.)\s+/;
const HEADING = /^#+\s+/;

function blockOf(lines: string[]): Block[] {
  const blocks: Block[] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    if (HEADING.test(line)) blocks.push({ kind: "heading", text: line.replace(HEADING, "") });
    else if (ITEM.test(line)) {
      const item = line.replace(ITEM, "");
      if (last?.kind === "list") last.items.push(item);
      else blocks.push({ kind: "list", items: [item] });
    } else if (last?.kind === "list") last.items.push(`${last.items.pop() ?? ""} ${line.trim()}`);
    else if (last?.kind === "paragraph") last.text += ` ${line.trim()}`;
    else blocks.push({ kind: "paragraph", text: line.trim() });
  }
  return blocks;
}

/** The blocks of a text; a heading that only says the title again is left out. */
export function blocksOf(text: string, title = ""): Block[] {
  const parts = text.split(/\n\s*\n/).map((part) => part.split("\n").filter((line) => line.trim()));
  const blocks = parts.flatMap(blockOf);
  return blocks.filter((one, number) => !(number === 0 && one.kind === "heading" && one.text.trim() === title.trim()));
}
