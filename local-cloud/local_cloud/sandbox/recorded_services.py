"""ECS services of a scenario, their revisions and tasks, written down in AWS's shapes."""

import hashlib
from collections.abc import Iterator

from local_cloud.sandbox.backdating import stop_code_of
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.past import LONG_AGO_SECONDS, changed, changes_of
from local_cloud.sandbox.recorded_scene import Scene, digits, ecs_arn, moment
from local_cloud.sandbox.story import Stop
from local_cloud.sandbox.world import task_definition_of
from monitoring_server.recorded.recording import Raw

_MOST_STOPS = 6


def services_of(scene: Scene) -> tuple[list[Raw], list[Raw]]:
    """Return every service as it runs now, and all revisions of all of them."""
    services: list[Raw] = []
    definitions: list[Raw] = []
    for service in scene.services():
        revision, rolled_out = 1, scene.now - LONG_AGO_SECONDS
        definitions.append(_definition(service, revision, rolled_out))
        for change in changes_of(scene.scenario.changes, service.name):
            service = changed(service, change)  # noqa: PLW2901 - the same one, later
            revision, rolled_out = revision + 1, scene.at_change(change.minutes_before_onset)
            definitions.append(_definition(service, revision, rolled_out))
        services.append(_service(service, definitions[-1], rolled_out))
    return services, definitions


def _definition(service: ServiceSpec, revision: int, at: float) -> Raw:
    return {
        **task_definition_of(service),
        "taskDefinitionArn": ecs_arn(f"task-definition/{service.name}:{revision}"),
        "revision": revision,
        "status": "ACTIVE",
        "registeredAt": moment(at),
    }


def _service(service: ServiceSpec, definition: Raw, rolled_out: float) -> Raw:
    arn = definition["taskDefinitionArn"]
    rollout = {
        "id": f"ecs-svc/{digits(arn)}",
        "status": "PRIMARY",
        "taskDefinition": arn,
        "desiredCount": service.desired_count,
        "runningCount": service.desired_count,
        "createdAt": moment(rolled_out),
        "updatedAt": moment(rolled_out),
        "rolloutState": "COMPLETED",
    }
    steady = f"(service {service.name}) has reached a steady state."
    return {
        "serviceName": service.name,
        "serviceArn": ecs_arn(f"service/{service.cluster}/{service.name}"),
        "clusterArn": ecs_arn(f"cluster/{service.cluster}"),
        "status": "ACTIVE",
        "desiredCount": service.desired_count,
        "runningCount": service.desired_count,
        "pendingCount": 0,
        "taskDefinition": arn,
        "deployments": [rollout],
        "events": [{"id": digits(steady), "createdAt": moment(rolled_out), "message": steady}],
    }


def stopped_tasks(scene: Scene) -> Iterator[Raw]:
    """Yield the latest tasks that stopped."""
    for number, stop in enumerate(scene.story.stops(scene.story.onset, scene.now)[-_MOST_STOPS:]):
        yield _task(scene.scenario.service(stop.how.service), stop, number)


def running_tasks(scene: Scene) -> Iterator[Raw]:
    """Yield the tasks that run, with the ids that their log streams have."""
    for service in scene.services():
        for number in range(service.desired_count):
            yield {
                "taskArn": ecs_arn(f"task/{service.cluster}/{service.task_id(number)}"),
                "clusterArn": ecs_arn(f"cluster/{service.cluster}"),
                "group": f"service:{service.name}",
                "startedBy": f"ecs-svc/{digits(service.name)}",
                "taskDefinitionArn": ecs_arn(f"task-definition/{service.name}:1"),
                "lastStatus": "RUNNING",
                "desiredStatus": "RUNNING",
                "startedAt": moment(scene.now - LONG_AGO_SECONDS),
                "containers": [{"name": service.name, "lastStatus": "RUNNING"}],
            }


def _task(service: ServiceSpec, stop: Stop, number: int) -> Raw:
    reason = stop.how.stopped_reason.replace("{target_group}", service.target_group_arn)
    name = hashlib.sha256(f"{service.name}:{number}:{stop.at}".encode()).hexdigest()[:32]
    container = {"name": service.name, "reason": stop.how.container_reason}
    if stop.how.exit_code is not None:
        container |= {"exitCode": stop.how.exit_code}
    return {
        "taskArn": ecs_arn(f"task/{service.cluster}/{name}"),
        "clusterArn": ecs_arn(f"cluster/{service.cluster}"),
        "group": f"service:{service.name}",
        "taskDefinitionArn": ecs_arn(f"task-definition/{service.name}:1"),
        "lastStatus": "STOPPED",
        "stoppedAt": moment(stop.at),
        "stoppedReason": reason,
        "stopCode": stop_code_of(reason),
        "containers": [container],
    }
