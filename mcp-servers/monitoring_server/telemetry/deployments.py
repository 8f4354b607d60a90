"""Changes of ECS services: rollouts and new revisions, with what is different in them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.tools.aws_errors import code_of
from monitoring_server.analysis.revisions import difference, in_words
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.services import short_name
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

_CLUSTERS = 10
_SERVICES = 40
_SERVICES_A_CALL = 10
_REVISIONS = 5
_ROLLED_OUT_WITHIN = timedelta(hours=1)
"""A revision registered this shortly before a rollout was made for it."""


class Deployments:
    """Reads rollouts and task definitions from ECS."""

    name = "ecs"

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs

    def changes(self, target: Target, span: Window) -> Iterator[Change]:
        """Yield the rollouts in the window and the revisions that none of them accounts for."""
        services = self._services(target) if target.on_ecs else []
        if target.service and target.on_ecs and not services:
            raise ToolError(
                f"no ECS service {target.service!r} in {target.cluster or 'any cluster'}; "
                "get_catalog_entry tells where a service runs"
            )
        for service in services:
            yield from self._of_service(service, span)

    def _of_service(self, service: Mapping[str, Any], span: Window) -> Iterator[Change]:
        revisions = self._revisions(service.get("taskDefinition", ""), span)
        accounted: set[str] = set()
        for rollout in service.get("deployments", []):
            created = rollout.get("createdAt")
            if created is None or not span.start <= in_utc(created) <= span.end:
                continue
            revision = revisions.get(short_name(rollout.get("taskDefinition", "")))
            if revision and in_utc(created) - revision.at <= _ROLLED_OUT_WITHIN:
                accounted.add(revision.change_id)
            else:
                revision = None
            yield _rollout(service, rollout, revision)
        for name, revision in revisions.items():
            if name not in accounted and span.start <= revision.at <= span.end:
                yield revision

    def _services(self, target: Target) -> list[Mapping[str, Any]]:
        clusters = [target.cluster] if target.cluster else self._clusters()
        found: list[Mapping[str, Any]] = []
        for cluster in clusters:
            names = [target.service] if target.service else self._names(cluster)
            for at in range(0, len(names), _SERVICES_A_CALL):
                answer = self._described(cluster, names[at : at + _SERVICES_A_CALL])
                found.extend(answer)
            if len(found) >= _SERVICES:
                break
        return [service for service in found if service.get("status") != "INACTIVE"][:_SERVICES]

    def _described(self, cluster: str, names: list[str]) -> list[Any]:
        try:
            return self._ecs.describe_services(cluster=cluster, services=names)["services"]
        except ClientError as error:
            if code_of(error) == "ClusterNotFoundException":
                raise ToolError(f"no ECS cluster {cluster!r}; leave the cluster out") from error
            raise

    def _clusters(self) -> list[str]:
        return [short_name(arn) for arn in self._ecs.list_clusters()["clusterArns"]][:_CLUSTERS]

    def _names(self, cluster: str) -> list[str]:
        answer = self._ecs.list_services(cluster=cluster, maxResults=_SERVICES)
        return [short_name(arn) for arn in answer["serviceArns"]]

    def _revisions(self, task_definition: str, span: Window) -> dict[str, Change]:
        """Return the newest revisions as changes, by name, each with its difference."""
        family = short_name(task_definition).rpartition(":")[0]
        if not family:
            return {}
        definitions = self._definitions(family)
        found: dict[str, Change] = {}
        for after, before in zip(definitions, [*definitions[1:], None], strict=True):
            registered = after.get("registeredAt")
            if registered is None or in_utc(registered) > span.end:
                continue
            change = _revision(after, before, in_utc(registered))
            found[change.change_id] = change
        return found

    def _definitions(self, family: str) -> list[Mapping[str, Any]]:
        """Return the newest revisions of a family, newest first."""
        pages = self._ecs.get_paginator("list_task_definitions").paginate(
            familyPrefix=family, sort="DESC", PaginationConfig={"MaxItems": 200}
        )
        # The prefix finds other families that start alike.
        numbers = [
            int(revision)
            for page in pages
            for name, _, revision in (
                short_name(arn).rpartition(":") for arn in page["taskDefinitionArns"]
            )
            if name == family
        ]
        return [
            self._ecs.describe_task_definition(taskDefinition=f"{family}:{number}")[
                "taskDefinition"
            ]
            for number in sorted(numbers, reverse=True)[:_REVISIONS]
        ]


def _rollout(
    service: Mapping[str, Any], rollout: Mapping[str, Any], revision: Change | None
) -> Change:
    name = service["serviceName"]
    definition = short_name(rollout.get("taskDefinition", ""))
    same = "no new revision: tasks were replaced, or the service was created"
    return Change(
        at=_created(rollout),
        kind="deployment",
        what=f"{name} rolled out {definition}: {revision.what if revision else same}",
        who=revision.who if revision else "",
        detail={
            "service": name,
            "cluster": short_name(service.get("clusterArn", "")),
            "task_definition": definition,
            "rollout_state": rollout.get("rolloutState", ""),
            **(revision.detail if revision else {}),
        },
        change_id=rollout["id"],
    )


def _revision(
    after: Mapping[str, Any], before: Mapping[str, Any] | None, registered: datetime
) -> Change:
    name = f"{after['family']}:{after['revision']}"
    detail: dict[str, Any] = {"task_definition": name}
    words = "the first revision known"
    if before is not None:
        changed = difference(before, after)
        words = in_words(changed) or "nothing in it is different"
        detail |= {
            "previous_task_definition": f"{before['family']}:{before['revision']}",
            "changed": {name: change.model_dump() for name, change in changed.items()},
        }
    return Change(
        at=registered,
        kind="task_definition",
        what=f"{name} registered: {words}",
        who=str(after.get("registeredBy", "")),
        detail=detail,
        change_id=name,
    )


def _created(rollout: Mapping[str, Any]) -> datetime:
    return in_utc(rollout["createdAt"])
