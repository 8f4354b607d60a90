"""What all recorded services have in common: how they page, and how they say no."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

Answer = dict[str, Any]


class Paginator:
    """Stands where boto3's paginator does; what is recorded comes as one page."""

    def __init__(self, client: object, operation: str) -> None:
        self._ask = getattr(client, operation)

    def paginate(self, **query: Any) -> Iterator[Answer]:  # noqa: ANN401
        """Yield the only page."""
        query.pop("PaginationConfig", None)
        yield self._ask(**query)


class RecordedService:
    """The base of the recorded services: reads, and nothing else."""

    def get_paginator(self, operation: str) -> Paginator:
        """Return the pages of an operation."""
        return Paginator(self, operation)


def refusal(operation: str, code: str, message: str) -> ClientError:
    """Return the error with which AWS would refuse."""
    metadata: Any = {"HTTPStatusCode": 400}
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation
    )


def page(
    items: Sequence[Any], query: Mapping[str, Any], size: int, following: str = "NextToken"
) -> tuple[list[Any], Answer]:
    """Return one page of `items` and what the answer says of the next."""
    begin = int(query.get(following) or 0)
    end = begin + size
    return list(items[begin:end]), {following: str(end)} if end < len(items) else {}
