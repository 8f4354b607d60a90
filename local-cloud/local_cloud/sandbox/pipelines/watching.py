"""Looking at how executions of pipelines went since a fault was injected."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.sandbox.pipelines.specs import PipelineSpec

_NEWEST = 20


def tables_now(tables: Any, names: Iterable[str]) -> dict[str, dict[str, float | str]]:  # noqa: ANN401
    """Return the capacity of those tables that are there."""
    found: dict[str, dict[str, float | str]] = {}
    for name in names:
        with suppress(ClientError):
            told = tables.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
            units = (told["ReadCapacityUnits"], told["WriteCapacityUnits"])
            found[name] = {"read_units": float(units[0]), "write_units": float(units[1])}
    return found


def executions_since(
    machines: Any,  # noqa: ANN401 - boto3 has one type per service
    pipelines: Iterable[PipelineSpec],
    since: float,
) -> dict[str, dict[str, float | str]]:
    """Return how the execution stands that was started last after `since`, by pipeline."""
    found: dict[str, dict[str, float | str]] = {}
    for pipeline in pipelines:
        with suppress(ClientError):
            page = machines.list_executions(stateMachineArn=pipeline.arn, maxResults=_NEWEST)
            later = [one for one in page["executions"] if one["startDate"].timestamp() > since]
            if later:
                newest = max(later, key=lambda one: one["startDate"])
                found[pipeline.name] = {"newest": str(newest["status"])}
    return found
