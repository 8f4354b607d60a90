"""The catalog of services and pipelines."""

from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from itops_core.domain.catalog import CatalogEntry
from itops_core.errors import NotFoundError
from itops_core.stores.items import is_refused_condition, item_of, scan_all, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class CatalogStore:
    """Catalog entries by id; small enough to be read whole."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, entry: CatalogEntry) -> CatalogEntry:
        """Store an entry, in place of the one of the same id."""
        self._table.put_item(Item=item_of(entry))
        return entry

    def add(self, entry: CatalogEntry) -> CatalogEntry:
        """Store an entry of a new id; return the one that stands under it."""
        try:
            self._table.put_item(
                Item=item_of(entry), ConditionExpression=Attr("entry_id").not_exists()
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            return self.get(entry.entry_id)
        return entry

    def replace_discovered(self, entry: CatalogEntry) -> bool:
        """Store what was discovered anew, unless a person wrote what stands there."""
        try:
            self._table.put_item(
                Item=item_of(entry),
                ConditionExpression=Attr("entry_id").not_exists() | Attr("discovered").eq(True),
            )
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def get(self, entry_id: str) -> CatalogEntry:
        """Return the entry, or raise `NotFoundError`."""
        entry = self._get(entry_id)
        if entry is None:
            raise NotFoundError(f"no catalog entry {entry_id!r}")
        return entry

    def list(self) -> tuple[CatalogEntry, ...]:
        """Return every entry, by id."""
        found = [value_of(CatalogEntry, item) for item in scan_all(self._table)]
        return tuple(sorted(found, key=lambda entry: entry.entry_id))

    def find(self, name: str) -> CatalogEntry | None:
        """Return the entry of this id, else the one of this ECS service."""
        if not name:
            return None
        known = self._get(name)
        if known is not None:
            return known
        return next((entry for entry in self.list() if entry.ecs_service == name), None)

    def dependants_of(self, entry_id: str) -> tuple[CatalogEntry, ...]:
        """Return the entries that lean on this one."""
        return tuple(entry for entry in self.list() if entry_id in entry.depends_on)

    def _get(self, entry_id: str) -> CatalogEntry | None:
        answer = self._table.get_item(Key={"entry_id": entry_id}, ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else value_of(CatalogEntry, item)
