"""The list of incidents, searched where they lie, a bounded piece at a time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from itops_core.domain.incident import TERMINAL, Status
from itops_core.domain.incident_summary import IncidentSummary, terms_of
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity
from itops_core.stores.items import Page, cursor_of, key_of, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_HEAD = "incident"
_MOST_LOOKED_AT = 2_000
"""Incidents that one call reads at most; a search through more goes on with its cursor."""
_AT_ONCE = 500
_GOING_ON = [status.value for status in Status if status not in TERMINAL]


class Wanted(Value):
    """Which incidents a list is to hold."""

    text: str = ""
    status: Status | None = None
    severity: Severity | None = None
    over: bool | None = None

    def condition(self) -> ConditionBase | None:
        """Return what DynamoDB leaves the others out by, or `None` where all are wanted."""
        parts: list[ConditionBase] = [Attr("sought").contains(term) for term in terms_of(self.text)]
        if self.severity is not None:
            parts.append(Attr("severity").eq(self.severity.value))
        if self.over is not None:
            going_on = Attr("status").is_in(_GOING_ON)
            parts.append(~going_on if self.over else going_on)
        whole: ConditionBase | None = None
        for part in parts:
            whole = part if whole is None else whole & part
        return whole


class IncidentList:
    """Reads of the incidents' table, by the indexes that sort by time."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def page(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Page[IncidentSummary]:
        """Return incidents as lists show them, newest first.

        A page may hold fewer than `limit`, or none, and yet have a cursor: so much was looked at.
        """
        query, names = _query(wanted, cursor)
        found: list[Mapping[str, Any]] = []
        left = _MOST_LOOKED_AT
        last: Mapping[str, Any] | None = None
        while left > 0 and len(found) < limit:
            at_once = _AT_ONCE if "FilterExpression" in query else limit - len(found)
            query["Limit"] = min(left, at_once)
            answer = self._table.query(**query)
            found += answer["Items"]
            left -= answer["ScannedCount"]
            last = answer.get("LastEvaluatedKey")
            if last is None:
                break
            query["ExclusiveStartKey"] = last
        if len(found) > limit:
            found = found[:limit]
            last = {name: found[-1][name] for name in names}
        shown = tuple(value_of(IncidentSummary, item) for item in found)
        return Page(items=shown, cursor=cursor_of(last))


def _query(wanted: Wanted, cursor: str | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the query, and the names of its key, of which cursors are made."""
    index, name, value = ("by_time", "kind", _HEAD)
    if wanted.status is not None:
        index, name, value = ("by_status", "status", wanted.status.value)
    names = ("incident_id", "item_key", "opened_at", name)
    asked = dict.fromkeys((*IncidentSummary.model_fields, *names))
    query: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": Key(name).eq(value),
        "ScanIndexForward": False,
        "ProjectionExpression": ", ".join(f"#p_{field}" for field in asked),
        "ExpressionAttributeNames": {f"#p_{field}": field for field in asked},
    }
    condition = wanted.condition()
    if condition is not None:
        query["FilterExpression"] = condition
    if cursor is not None:
        query["ExclusiveStartKey"] = key_of(cursor, names, {name: value, "item_key": _HEAD})
    return query, names
