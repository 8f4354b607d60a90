"""Incidents on record from before, as a scenario has them, in the table of a deployment."""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from itops_core.domain.incident import Incident
from itops_core.errors import ConflictError
from itops_core.stores.incidents import IncidentStore
from local_cloud.sandbox.catalog import pass_over_missing_table
from local_cloud.sandbox.world import Address


class Records:
    """The table of incidents as the sandbox uses it; before a deployment there is none."""

    def __init__(self, address: Address, name_prefix: str) -> None:
        self._table = address.resource("dynamodb").Table(f"{name_prefix}-Incidents")

    def keep(self, incidents: Iterable[Incident]) -> None:
        """Put those on record that are not there yet."""
        for incident in incidents:
            try:
                with suppress(ConflictError):
                    IncidentStore(self._table).create(incident)
            except ClientError as error:
                pass_over_missing_table(error)

    def forget(self, incidents: Iterable[Incident]) -> None:
        """Take them off the record with all that stands under them."""
        for incident in incidents:
            asked = Key("incident_id").eq(incident.incident_id)
            try:
                found = self._table.query(KeyConditionExpression=asked)["Items"]
                for item in found:
                    key = {name: item[name] for name in ("incident_id", "item_key")}
                    self._table.delete_item(Key=key)
            except ClientError as error:
                pass_over_missing_table(error)


@lru_cache(maxsize=8)
def records(address: Address, name_prefix: str) -> Records:
    """Return the records of the deployment with that name prefix."""
    return Records(address, name_prefix)
