import { expect, it } from "vitest";
import { blocksOf } from "./prose";

it("joins lines to paragraphs, keeps headings and lists, and drops a repeated title", () => {
  const text = "# The title\n\nOne line\nand its rest.\n\n## Check\n1. First\n   of all\n2. Second\n\nEnd <b>here</b>.";

  expect(blocksOf(text, "The title")).toEqual([
    { kind: "paragraph", text: "One line and its rest." },
    { kind: "heading", text: "Check" },
    { kind: "list", items: ["First of all", "Second"] },
    { kind: "paragraph", text: "End <b>here</b>." },
  ]);
  expect(blocksOf("")).toEqual([]);
});
