"""What stands where boto3 makes clients: every one leads to the cloud of the present play."""

from collections.abc import Callable
from typing import Any

from tests.support.chaos.cloud import Cloud


class Front:
    """Stands where the module `boto3` makes clients; leads to the cloud of the present play."""

    def __init__(self) -> None:
        self.cloud: Cloud | None = None

    def client(self, name: str, **_settings: object) -> "_Client":
        """Return a client of a service."""
        return _Client(lambda operation, said: self._now.ask(name, operation, said), str(name))

    def resource(self, _name: str, **_settings: object) -> "Front":
        """Return what makes tables."""
        return self

    def Table(self, name: str) -> "_Client":  # noqa: N802 - as boto3 names it
        """Return a table."""
        return _Client(lambda operation, said: self._now.ask_table(name, operation, said), name)

    @property
    def _now(self) -> Cloud:
        assert self.cloud is not None, "nothing is played"
        return self.cloud


class _Client:
    def __init__(self, ask: Callable[[str, dict[str, Any]], Any], name: str) -> None:
        self._ask = ask
        self.name = name

    def get_paginator(self, operation: str) -> "_Pages":
        return _Pages(self, operation)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(operation)

        def asked(**arguments: Any) -> Any:  # noqa: ANN401
            return self._ask(operation, arguments)

        return asked


class _Pages:
    def __init__(self, client: _Client, operation: str) -> None:
        self._client, self._operation = client, operation

    def paginate(self, **query: Any) -> list[Any]:  # noqa: ANN401
        query.pop("PaginationConfig", None)
        return [getattr(self._client, self._operation)(**query)]
