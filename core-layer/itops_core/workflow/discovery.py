"""Pipelines that nobody registered, found by tags and in stacks; never over a person's word."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value

_KINDS = {
    "AWS::Lambda::Function": "lambda",
    "AWS::DynamoDB::Table": "table",
    "AWS::SQS::Queue": "queue",
}
_MACHINE = "AWS::StepFunctions::StateMachine"
_TAG_FILTERS = ["states:stateMachine", "lambda:function", "dynamodb:table", "sqs:queue"]
_NAMED = {"FunctionName": "lambda", "TableName": "table", "QueueUrl": "queue"}
_OWNERS = ("itops:owner", "owner", "team")
_OWN = "ITOps-"
_PAGES = 50

Kind = Literal["pipeline", "lambda", "table", "queue"]


class Found(Value):
    """An entry that was found, and what becomes of it in the catalog."""

    entry: CatalogEntry
    fate: Literal["new", "updated", "unchanged", "kept"]
    why: str = ""


@dataclass
class _Seen:
    """What AWS tells, before it is put together."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    machines: dict[str, str] = field(default_factory=dict[str, str])
    """State machines by ARN, each with the stack that holds it, or nothing."""
    parts: dict[str, str] = field(default_factory=dict[str, str])
    """What stacks with a state machine hold besides: names, and their kinds."""


def discovered(client: Any, environment: str) -> list[CatalogEntry]:  # noqa: ANN401 - a factory
    """Return entries for every state machine with a tag or in a stack, and for what they call.

    `client` gives boto3 clients by name. ITOps' own machinery is left out.
    """
    seen = _Seen()
    _read_tags(client("resourcegroupstaggingapi"), seen)
    _read_stacks(client("cloudformation"), seen)
    machines = client("stepfunctions")
    entries: dict[str, CatalogEntry] = {}
    for arn, stack in sorted(seen.machines.items()):
        called = _called(machines, arn)
        entry = _pipeline(arn, stack, called, seen, environment)
        entries[entry.entry_id] = entry
        for name, kind in called.items():
            if kind != "pipeline":
                part = _part(name, kind, seen, environment)
                entries.setdefault(part.entry_id, part)
    return list(entries.values())


def judged(found: Iterable[CatalogEntry], known: Iterable[CatalogEntry]) -> list[Found]:
    """Return what becomes of each entry: a person's stays as it is, word for word."""
    stands = {one.entry_id: one for one in known}
    machines = {one.state_machine_arn: one for one in stands.values() if one.state_machine_arn}
    resources = {f"{one.kind} {one.resource}": one for one in stands.values() if one.resource}
    told: list[Found] = []
    for entry in found:
        there = (
            stands.get(entry.entry_id)
            or machines.get(entry.state_machine_arn or "")
            or resources.get(f"{entry.kind} {entry.resource}")
        )
        if there is None:
            told.append(Found(entry=entry, fate="new"))
        elif not there.discovered:
            told.append(Found(entry=entry, fate="kept", why=_differing(there, entry)))
        elif there == entry:
            told.append(Found(entry=entry, fate="unchanged"))
        else:
            told.append(Found(entry=entry, fate="updated", why=_differing(there, entry)))
    return told


def _differing(there: CatalogEntry, found: CatalogEntry) -> str:
    names = [
        name
        for name in ("state_machine_arn", "owner", "tier", "depends_on", "log_groups", "resource")
        if getattr(found, name) and getattr(there, name) != getattr(found, name)
    ]
    by = "" if there.discovered else "a person wrote it"
    return "; ".join(
        one for one in (by, f"found otherwise: {', '.join(names)}" if names else "") if one
    )


def _read_tags(tagging: Any, seen: _Seen) -> None:  # noqa: ANN401 - boto3's client
    query: dict[str, Any] = {"ResourceTypeFilters": _TAG_FILTERS}
    for _ in range(_PAGES):
        page = tagging.get_resources(**query)
        for one in page["ResourceTagMappingList"]:
            arn = one["ResourceARN"]
            seen.tags[arn] = {tag["Key"].lower(): tag["Value"] for tag in one.get("Tags", [])}
            if ":stateMachine:" in arn and _is_foreign(arn):
                seen.machines.setdefault(arn, "")
        if not page.get("PaginationToken"):
            return
        query["PaginationToken"] = page["PaginationToken"]


def _read_stacks(stacks: Any, seen: _Seen) -> None:  # noqa: ANN401 - boto3's client
    query: dict[str, Any] = {}
    for _ in range(_PAGES):
        page = stacks.describe_stacks(**query)
        for stack in page["Stacks"]:
            _read_stack(stacks, stack["StackName"], seen)
        if not page.get("NextToken"):
            return
        query["NextToken"] = page["NextToken"]


def _read_stack(stacks: Any, name: str, seen: _Seen) -> None:  # noqa: ANN401
    try:
        held = list(_held_by(stacks, name))
    except ClientError:
        # Deleted between the listing and this: then it holds nothing.
        return
    machines = [
        one["PhysicalResourceId"]
        for one in held
        if one["ResourceType"] == _MACHINE and _is_foreign(one.get("PhysicalResourceId") or "")
    ]
    seen.machines |= {arn: name for arn in machines if arn}
    if machines:
        for one in held:
            kind = _KINDS.get(one["ResourceType"])
            if kind and one.get("PhysicalResourceId"):
                seen.parts[_name_of(one["PhysicalResourceId"])] = kind


def _held_by(stacks: Any, name: str) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
    """Yield all that a stack holds: there may be five hundred, and a page has a hundred."""
    query: dict[str, Any] = {"StackName": name}
    for _ in range(_PAGES):
        page = stacks.list_stack_resources(**query)
        yield from page["StackResourceSummaries"]
        if not page.get("NextToken"):
            return
        query["NextToken"] = page["NextToken"]


def _called(machines: Any, arn: str) -> dict[str, str]:  # noqa: ANN401
    """Return the functions, tables, queues and state machines that a definition names."""
    try:
        told = machines.describe_state_machine(stateMachineArn=arn)
        definition = json.loads(told["definition"])
    except (ClientError, ValueError):
        return {}
    return dict(_names_in(definition))


def _names_in(part: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    if isinstance(part, list):
        for one in part:
            yield from _names_in(one)
    elif isinstance(part, Mapping):
        for key, value in part.items():
            bare = key.removesuffix(".$")
            if isinstance(value, str) and "{%" not in value and not value.startswith("$"):
                if bare in _NAMED:
                    yield _name_of(value), _NAMED[bare]
                elif bare == "StateMachineArn":
                    yield _name_of(value), "pipeline"
                elif bare == "Resource" and ":lambda:" in value and ":function:" in value:
                    yield _name_of(value), "lambda"
            else:
                yield from _names_in(value)


def _pipeline(
    arn: str, stack: str, called: Mapping[str, str], seen: _Seen, environment: str
) -> CatalogEntry:
    tags = seen.tags.get(arn, {})
    name = tags.get("itops:name") or _name_of(arn)
    return CatalogEntry(
        entry_id=name,
        kind="pipeline",
        environment=environment,
        owner=_owner(tags),
        tier=_tier(tags),
        description=f"In the stack {stack}." if stack else "Found by its tags.",
        state_machine_arn=arn,
        runbook=tags.get("itops:runbook"),
        depends_on=tuple(sorted(set(called) - {name})),
        discovered=True,
    )


def _part(name: str, kind: str, seen: _Seen, environment: str) -> CatalogEntry:
    tags = next((told for arn, told in seen.tags.items() if _name_of(arn) == name), {})
    return CatalogEntry.model_validate(
        {
            "entry_id": name,
            "kind": seen.parts.get(name, kind),
            "environment": environment,
            "owner": _owner(tags),
            "tier": _tier(tags),
            "resource": name,
            "log_groups": (f"/aws/lambda/{name}",) if kind == "lambda" else (),
            "discovered": True,
        }
    )


def _owner(tags: Mapping[str, str]) -> str:
    return next((tags[name] for name in _OWNERS if tags.get(name)), "")


def _tier(tags: Mapping[str, str]) -> int:
    told = tags.get("itops:tier") or tags.get("tier") or ""
    return int(told) if told in {"1", "2", "3", "4"} else 2


def _name_of(arn: str) -> str:
    """Return the name in an ARN or a queue's address: versions and accounts are no part of it."""
    if ":function:" in arn:
        return arn.split(":function:", 1)[1].split(":", maxsplit=1)[0]
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _is_foreign(arn: str) -> bool:
    return bool(arn) and not _name_of(arn).startswith(_OWN)
