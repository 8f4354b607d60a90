"""A list as a table; row by row where its columns would be a few letters wide."""

from rich.table import Table
from rich.text import Text

from itops_cli.screen.console import console, say

_TABLE_NEEDS = 80


def show_list(table: Table) -> None:
    """Print `table` as it is, or on a narrow screen each of its rows as a block of lines."""
    if console().width >= _TABLE_NEEDS:
        console().print(table)
        return
    _, *names = (str(column.header) for column in table.columns)
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        console().print(first, style="bold")
        block = Table.grid(padding=(0, 2, 0, 0))
        for name, cell in zip(names, others, strict=True):
            block.add_row(Text(f"  {name}", style="dim", no_wrap=True), cell)
        block.columns[0].no_wrap, block.columns[1].overflow = True, "fold"
        console().print(block)
        say()
