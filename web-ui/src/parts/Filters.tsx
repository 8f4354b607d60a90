import Input from "@cloudscape-design/components/input";
import type { ReactNode } from "react";
import "../pages/filters.css";

interface Properties {
  /** What the words are searched in, such as: Search the catalog. */
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  /** What else narrows the list. */
  children?: ReactNode;
}

/** What narrows a list: words, and choices beside them; below each other on a phone. */
export function Filters({ label, placeholder, text, onText, children }: Properties) {
  return (
    <div className="filters">
      <div className="filters-text">
        <Input
          type="search"
          value={text}
          ariaLabel={label}
          clearAriaLabel="Clear the search"
          placeholder={placeholder}
          onChange={({ detail }) => onText(detail.value)}
        />
      </div>
      {children}
    </div>
  );
}
