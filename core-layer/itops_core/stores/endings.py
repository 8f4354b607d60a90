"""Incidents whose last word is being said: noted before it, and crossed off when all is said.

An incident that is over is looked at by nobody. Were whoever ends it to die halfway, people would
never be told; the note lets the next minute find it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from itops_core.stores.items import moment_text, query_all

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_ENDING = "ending"


class EndingStore:
    """Items of the Incidents table; only what is not crossed off stands in its index by status."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def begin(self, incident_id: str, at: datetime) -> None:
        """Note that an incident is about to be ended."""
        self._table.put_item(
            Item={**_key(incident_id), "status": _ENDING, "opened_at": moment_text(at)}
        )

    def cross_off(self, incident_id: str) -> None:
        """Note that everything is said."""
        self._table.put_item(Item=_key(incident_id))

    def is_open(self, incident_id: str) -> bool:
        """Whether it was noted and not crossed off."""
        answer = self._table.get_item(Key=_key(incident_id), ConsistentRead=True)
        return "status" in answer.get("Item", {})

    def begun_before(self, at: datetime) -> Iterator[str]:
        """Yield the incidents of which it was noted before `at` and not crossed off."""
        for item in query_all(
            self._table,
            IndexName="by_status",
            KeyConditionExpression=Key("status").eq(_ENDING) & Key("opened_at").lt(moment_text(at)),
        ):
            yield str(item["incident_id"])


def _key(incident_id: str) -> dict[str, str]:
    return {"incident_id": incident_id, "item_key": _ENDING}
