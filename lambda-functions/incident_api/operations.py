"""What an operation of the API is: a path, who may call it, what it takes and what it answers.

An operation declares itself once; the routing, the checks and the OpenAPI document follow from
it. Its function takes a `Call[Body, Query]`, with `None` where there is no body or no query.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from inspect import getdoc
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import BaseModel

from incident_api.idempotency import once
from incident_api.requests import caller_of, credential_of, read_body, read_query
from itops_core.domain.people import Caller, Credential, Role
from itops_core.errors import ForbiddenError, NotFoundError

B = TypeVar("B")
Q = TypeVar("Q")
_ID = r"[0-9A-F]{8}"
PATTERNS = {
    "incident_id": f"INC-{_ID}",
    "approval_id": f"APR-{_ID}",
    "evidence_id": f"EV-{_ID}",
    "window_id": f"MNT-{_ID}",
    "conversation_id": f"CNV-{_ID}",
    "run_id": f"RUN-{_ID}",
    "token_id": f"TOK-{_ID}",
    "article_id": r"[A-Za-z0-9][A-Za-z0-9._\-]{0,199}",
    "pipeline_id": r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,199}",
    "execution_id": r"[A-Za-z0-9_][A-Za-z0-9._:=@+\-]{0,199}",
    "device_id": r"[a-zA-Z0-9:_\-]{1,128}",
}


@dataclass(frozen=True)
class Call(Generic[B, Q]):
    """One request, checked: who calls, with what."""

    caller: Caller
    body: B
    query: Q
    path: Mapping[str, str]
    key: str | None
    credential: Credential = field(default_factory=Credential)


@dataclass(frozen=True)
class Operation:
    """One operation, as it is routed and documented."""

    method: str
    path: str
    run: Callable[[Any], Any]
    tag: str
    role: Role | None
    answer: type[BaseModel] | None
    status: HTTPStatus = HTTPStatus.OK
    idempotent: bool = False
    form: str | None = None
    """The field of a form that it reads by itself, because it is signed as a whole."""
    reads: Callable[[], type[BaseModel]] | None = None
    """Names the body that it reads by itself, for the same reason."""
    also: tuple[HTTPStatus, ...] = ()
    """What it may answer besides what follows from the rest."""

    @property
    def takes(self) -> tuple[type[BaseModel] | None, type[BaseModel] | None]:
        """The models of its body and of its query, `None` where it has none."""
        (hint,) = (kind for name, kind in get_type_hints(self.run).items() if name != "return")
        body, query = (None if kind is type(None) else kind for kind in get_args(hint))
        return body, query

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (getdoc(self.run) or "").split("\n", maxsplit=1)[0].rstrip(".")

    @property
    def details(self) -> str:
        """What else a caller should know; empty where the summary says it all."""
        _, _, more = (getdoc(self.run) or "").partition("\n\n")
        return " ".join(more.split())


class Resource:
    """The operations on one kind of thing."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.router = APIGatewayRouter()
        self.operations: list[Operation] = []

    def operation(
        self, route: str, *, role: Role | None, answer: type[BaseModel] | None, **more: Any,  # noqa: ANN401
    ) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:  # fmt: skip
        """Declare `route`, such as `GET /incidents/<incident_id>`; no `role` means open to all."""
        method, path = route.split(" ")

        def declare(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
            declared = Operation(method, path, run, self.tag, role, answer, **more)
            self.operations.append(declared)
            self.router.route(path, method=method)(self._endpoint(declared))
            return run

        return declare

    def _endpoint(self, operation: Operation) -> Callable[..., Response[str]]:
        body_model, query_model = operation.takes

        def endpoint(**path: str) -> Response[str]:
            event: dict[str, Any] = self.router.current_event.raw_event
            caller = _allowed(caller_of(event), operation.role)
            _check_path(path)
            query = read_query(event, query_model)
            text, body = read_body(event, body_model)

            def answer(key: str | None) -> Response[str]:
                call = Call(caller, body, query, path, key, credential_of(event))
                return _response(operation, operation.run(call))

            if not operation.idempotent:
                return answer(None)
            return once(event, caller, text, answer)

        return endpoint


_ANYONE = Caller(name="anyone", role=Role.VIEWER)


def _allowed(caller: Caller | None, needed: Role | None) -> Caller:
    if needed is None:
        return caller or _ANYONE
    if caller is None:
        raise ForbiddenError("the request did not come through the authorizer")
    if not caller.role.at_least(needed):
        raise ForbiddenError(
            f"{caller.name} is a {caller.role}; this needs the role {needed} or more"
        )
    return caller


def _check_path(path: Mapping[str, str]) -> None:
    for name, value in path.items():
        pattern = PATTERNS.get(name)
        if pattern and not re.fullmatch(pattern, value):
            raise NotFoundError(f"no {name.removesuffix('_id')} {value[:80]!r}")


def _response(operation: Operation, answered: object) -> Response[str]:
    if isinstance(answered, Response):
        return answered
    if not isinstance(answered, BaseModel):
        raise TypeError(f"{operation.path} answered {type(answered).__name__}, no model")
    return Response(
        status_code=operation.status,
        content_type="application/json",
        body=answered.model_dump_json(),
    )
