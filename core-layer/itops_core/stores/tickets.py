"""Tickets, kept under the id of their incident, beside its timeline."""

from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.ticket import Ticket
from itops_core.stores.items import (
    item_of,
    put_if,
    query_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_TICKET = "ticket#"


class TicketStore:
    """Written once: a repeat finds what stands."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def add(self, ticket: Ticket) -> Ticket:
        """Store a ticket and return the one that stands under its id."""
        key = f"{_TICKET}{ticket.ticket_id}"
        item = item_of(ticket, item_key=key)
        if put_if(self._table, item, Attr("item_key").not_exists()):
            return ticket
        known = {"incident_id": ticket.incident_id, "item_key": key}
        return value_of(
            Ticket, self._table.get_item(Key=known, ConsistentRead=True).get("Item", item)
        )

    def for_incident(self, incident_id: str) -> tuple[Ticket, ...]:
        """Return an incident's tickets, oldest first."""
        items = query_all(
            self._table,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(_TICKET),
            ConsistentRead=True,
        )
        found = [value_of(Ticket, item) for item in items]
        return tuple(sorted(found, key=lambda ticket: (ticket.created_at, ticket.ticket_id)))
