import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useNarrow } from "../shell/appearance";

export interface Column<T> {
  id: string;
  header: string;
  cell: (one: T) => ReactNode;
  minWidth?: number;
}

export interface Selection<T> {
  chosen: T[];
  onChange: (chosen: T[]) => void;
  labelOf: (one: T) => string;
}

interface Properties<T> {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  filter?: ReactNode;
  items: T[] | undefined;
  /** Something went wrong: what is missing is not on its way. */
  failed?: boolean;
  trackBy: keyof T & string;
  /** The first one names the row. */
  columns: Column<T>[];
  empty: string;
  selection?: Selection<T> | undefined;
}

/** A table; cards on a phone, where a table's columns would be a letter wide. */
export function Listing<T>(properties: Properties<T>) {
  const { title, description, actions, filter, items, failed, trackBy, columns, empty, selection } = properties;
  const narrow = useNarrow();
  const shared = {
    items: items ?? [],
    loading: !items && !failed,
    loadingText: `Loading: ${title}`,
    trackBy,
    empty: <Box textAlign="center">{failed ? "Not known: the API did not answer." : empty}</Box>,
    filter,
    header: (
      <Header variant="h2" counter={items ? `(${items.length})` : ""} description={description} actions={actions}>
        {title}
      </Header>
    ),
    ...(selection
      ? {
          selectionType: "multi" as const,
          selectedItems: selection.chosen,
          onSelectionChange: ({ detail }: { detail: { selectedItems: T[] } }) => selection.onChange(detail.selectedItems),
        }
      : {}),
  };
  const labels = {
    selectionGroupLabel: title,
    allItemsSelectionLabel: () => `Choose all: ${title}`,
    itemSelectionLabel: (_: unknown, one: T) => `Choose ${selection?.labelOf(one) ?? ""}`,
  };
  const [first, ...others] = columns;
  if (narrow && first) {
    return (
      <Cards<T>
        {...shared}
        ariaLabels={{ ...labels, cardsLabel: title }}
        cardsPerRow={[{ cards: 1 }]}
        cardDefinition={{
          header: first.cell,
          sections: others.map(({ id, header, cell }) => ({ id, header, content: cell })),
        }}
      />
    );
  }
  return (
    <Table<T>
      {...shared}
      wrapLines
      ariaLabels={{ ...labels, tableLabel: title }}
      columnDefinitions={columns.map((column, number) => ({ ...column, isRowHeader: number === 0 }))}
    />
  );
}
