import Box from "@cloudscape-design/components/box";
import { blocksOf } from "../logic/prose";

/** A text of a file, in paragraphs and lists; whatever else stands in it is shown as text. */
export function Prose({ text, title }: { text: string; title?: string }) {
  return (
    <>
      {blocksOf(text, title).map((block, number) => {
        // Blocks of a text never change places.
        const key = `${number} ${block.kind}`;
        if (block.kind === "heading") {
          return (
            <Box key={key} variant="h4">
              {block.text}
            </Box>
          );
        }
        if (block.kind === "paragraph") {
          return (
            <Box key={key} variant="p">
              {block.text}
            </Box>
          );
        }
        return (
          <ul key={key}>
            {block.items.map((item) => (
              <li key={item}>{item}</li>
            ))}
          </ul>
        );
      })}
    </>
  );
}
