"""Names the resources that a failure is about: what the state called, and what the error names."""

import re
from collections.abc import Iterator
from typing import Literal

from itops_core.domain.values import Value
from monitoring_server.analysis.executions.causes import ErrorFacts
from monitoring_server.analysis.executions.explanation import Explanation, FailedState

Kind = Literal[
    "function", "table", "queue", "topic", "host", "job", "container", "state_machine", "bucket",
    "role", "activity", "other",
]  # fmt: skip

_BY_SERVICE: dict[str, Kind] = {
    "lambda": "function",
    "dynamodb": "table",
    "sqs": "queue",
    "sns": "topic",
    "http": "host",
    "apigateway": "host",
    "glue": "job",
    "batch": "job",
    "emr": "job",
    "emr-serverless": "job",
    "sagemaker": "job",
    "codebuild": "job",
    "ecs": "container",
    "eks": "container",
    "states": "state_machine",
    "sfn": "state_machine",
    "s3": "bucket",
    "activity": "activity",
}
_DYNAMIC = ("$", "{%")
_TABLE = re.compile(r":table/([\w.-]+)|\b[Tt]able(?: ?[Nn]ame)?[:=]? ?['\"]([\w.-]{3,})['\"]")
_ARN = re.compile(r"arn:[a-z-]+:([a-z0-9-]+):[a-z0-9-]*:\d*:([^\s\"',)]+)")
_HOST = re.compile(
    r"host=['\"]([\w.-]+)['\"]|https?://([\w.-]+)|Connect to ([\w.-]+):\d+"
    r"|(?:ENOTFOUND|EAI_AGAIN|UnknownHostException:?) ([\w-]+\.[\w.-]+)"
    r"|\b((?:[a-z0-9-]+\.)+(?:com|net|org|io|example|internal|local|dev|app|test|cloud|eu|de))\b"
)
_INVOKED = re.compile(r"/functions/([\w:.-]+)/invocations")
"""A function that other code calls by Lambda's API: what it waits for has a name, not a host."""
_LOOPBACK = re.compile(r"^(127\.\d+\.\d+\.\d+|localhost)$")
_AWS_HOST = re.compile(r"^(?P<service>[a-z0-9-]+)\.[a-z0-9.-]*amazonaws\.com")


class Resource(Value):
    """Something that the failure is about, by the name that AWS or the network knows."""

    kind: Kind
    name: str


def involved(told: Explanation) -> tuple[Resource, ...]:
    """Return what the failing state called first, then what its error names."""
    if told.failed_state is None or told.error is None:
        return ()
    found = [*_called(told.failed_state), *_named(told.error)]
    return tuple(dict.fromkeys(found))


def hosts_in(text: str) -> Iterator[Resource]:
    """Yield the hosts that a text names, those of AWS itself and of this machine left out."""
    for found in _HOST.finditer(text):
        host = next(part for part in found.groups() if part).rstrip(".")
        if _AWS_HOST.match(host) is None and not _LOOPBACK.match(host):
            yield Resource(kind="host", name=host)


def _called(state: FailedState) -> Iterator[Resource]:
    service = state.integration.split(":", 1)[0]
    kind = _BY_SERVICE.get(service)
    if kind is None or not state.target or state.target.startswith(_DYNAMIC):
        return
    name = _plain_name(kind, state.target)
    if name:
        yield Resource(kind=kind, name=name)


def _plain_name(kind: Kind, target: str) -> str:
    """Return the name in an ARN, URL or qualified name."""
    if kind == "host":
        return re.sub(r"^https?://", "", target).split("/", 1)[0].split(":", 1)[0]
    if kind == "function":
        return target.rsplit(":function:", 1)[-1].split(":", 1)[0]
    if kind == "table":
        return target.rsplit("table/", 1)[-1].split("/", 1)[0]
    last = target.rstrip("/").rsplit("/", 1)[-1]
    return last.split(":", 1)[0] if kind in {"container", "job"} else last.rsplit(":", 1)[-1]


def _named(facts: ErrorFacts) -> Iterator[Resource]:
    text = " ".join((facts.message, facts.denied_resource))
    for found in _TABLE.finditer(text):
        yield Resource(kind="table", name=found.group(1) or found.group(2))
    for found in _ARN.finditer(text):
        kind = _BY_SERVICE.get(found.group(1))
        if kind and not (kind == "state_machine" and ":execution:" in found.group(0)):
            yield Resource(kind=kind, name=_plain_name(kind, found.group(2).split(":", 1)[-1]))
    for found in _INVOKED.finditer(text):
        yield Resource(kind="host", name=found.group(1).rsplit(":function:", 1)[-1])
    yield from hosts_in(text)
    if facts.principal:
        role = re.search(r"assumed-role/([\w+=,.@-]+)|:role/([\w+=,.@/-]+)", facts.principal)
        if role:
            yield Resource(kind="role", name=next(part for part in role.groups() if part))
