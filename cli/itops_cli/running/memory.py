"""Tickets of a recorded run, kept for as long as it lasts."""

from collections.abc import Mapping
from typing import Any, cast

from itops_cli.investigation.memory_table import MemoryTable, TableSchema
from itops_core.stores.tickets import TicketStore


def tickets_in_memory(schemas: Mapping[str, TableSchema]) -> TicketStore:
    """Return tickets on a table of their own."""
    return TicketStore(cast("Any", MemoryTable(schemas["Incidents"])))
