"""The catalog as the command line can have it: the table where it is reachable, else the seeds."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.catalog import CatalogEntry
from itops_core.settings import bundled, places
from itops_core.stores.items import value_of
from itops_core.stores.seeding import catalog_entries

_TABLE = "ITOps-Catalog"
_PAGES = 20


class KnownCatalog:
    """Who owns what, read once; a table that does not answer is no reason to say nothing."""

    def __init__(self, tables: Any) -> None:  # noqa: ANN401 - boto3's client of DynamoDB
        self._tables = tables

    def list(self) -> Sequence[CatalogEntry]:
        """Return all entries."""
        return self._entries

    @cached_property
    def _entries(self) -> tuple[CatalogEntry, ...]:
        with suppress(ClientError, BotoCoreError):
            return tuple(self._scanned())
        return catalog_entries(bundled("config") / "catalog.yaml")

    def _scanned(self) -> Iterator[CatalogEntry]:
        plain = TypeDeserializer().deserialize
        query: dict[str, Any] = {"TableName": places().get("CATALOG_TABLE", _TABLE)}
        for _ in range(_PAGES):
            page = self._tables.scan(**query)
            for item in page["Items"]:
                told = {name: plain(value) for name, value in item.items()}
                yield value_of(CatalogEntry, told)
            if not page.get("LastEvaluatedKey"):
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
