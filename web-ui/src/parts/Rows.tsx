import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useNarrow } from "../shell/appearance";
import type { Column } from "./Listing";
import "./rows.css";

interface Properties<T> {
  /** What is listed, for those who do not see it. */
  name: string;
  items: readonly T[];
  /** The first one names the row. */
  columns: Column<T>[];
  trackBy: keyof T & string;
  empty: ReactNode;
  loading?: boolean;
  variant?: TableProps.Variant;
  header?: ReactNode;
  filter?: ReactNode;
}

/** Rows below a heading of the page's own: a table, or cards on a phone. */
export function Rows<T>({ name, items, columns, trackBy, empty, loading = false, variant = "embedded", header, filter }: Properties<T>) {
  const narrow = useNarrow();
  const shared = { items, loading, loadingText: `Loading: ${name}`, trackBy, header, filter, empty: <Box textAlign="center">{empty}</Box> };
  const [first, ...others] = columns;
  if (narrow && first) {
    return (
      <Cards<T>
        {...shared}
        ariaLabels={{ cardsLabel: name, selectionGroupLabel: name, itemSelectionLabel: () => name }}
        cardsPerRow={[{ cards: 1 }]}
        cardDefinition={{
          header: (one) => <div className="row-name">{first.cell(one)}</div>,
          sections: others.map((column) => ({ id: column.id, header: column.header, content: column.cell, width: 50 })),
        }}
      />
    );
  }
  return (
    <Table<T>
      {...shared}
      variant={variant}
      wrapLines
      ariaLabels={{ tableLabel: name, selectionGroupLabel: name }}
      columnDefinitions={columns.map((column, number) => ({ ...column, isRowHeader: number === 0 }))}
    />
  );
}
