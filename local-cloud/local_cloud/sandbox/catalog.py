"""Catalog entries of the parts that a scenario brings along."""

from functools import lru_cache

from botocore.exceptions import ClientError

from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from local_cloud.sandbox.estate import catalog_entries
from local_cloud.sandbox.world import Address


class GuestCatalog:
    """The catalog table as the sandbox uses it; before a deployment there is none to write to."""

    def __init__(self, address: Address, name_prefix: str) -> None:
        self._table = address.resource("dynamodb").Table(f"{name_prefix}-Catalog")

    def register(self, entry: CatalogEntry) -> None:
        """Put an entry, unless nothing is deployed."""
        try:
            CatalogStore(self._table).put(entry)
        except ClientError as error:
            pass_over_missing_table(error)

    def forget(self, entry_id: str) -> None:
        """Delete an entry; there may be none."""
        try:
            self._table.delete_item(Key={"entry_id": entry_id})
        except ClientError as error:
            pass_over_missing_table(error)

    def put_back(self, entry_id: str) -> None:
        """Let the catalog say of an entry what it said before, which may be nothing."""
        usual = next((one for one in catalog_entries() if one.entry_id == entry_id), None)
        if usual is None:
            self.forget(entry_id)
        else:
            self.register(usual)


@lru_cache(maxsize=8)
def guest_catalog(address: Address, name_prefix: str) -> GuestCatalog:
    """Return the catalog of the deployment with that name prefix."""
    return GuestCatalog(address, name_prefix)


def pass_over_missing_table(error: ClientError) -> None:
    """Raise the error again unless it says that nothing is deployed."""
    if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
        raise error
