"""One incident from fault to end, and many at once, on a local cloud."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from itops_cli.api import Api
from itops_cli.benchmark.execution import history, measured
from itops_cli.benchmark.memory import MemoryWatch
from itops_cli.benchmark.storm import Storm
from itops_cli.failures import NotOverError
from itops_cli.rehearsal import is_about
from itops_cli.screen.follow import read
from itops_core.domain.incident import TERMINAL, Incident, Status
from itops_core.domain.investigation import ObservationStatus, Step
from itops_core.domain.remediation import ActionStatus
from local_cloud import sandbox
from local_cloud.address import Address

_ENOUGH = {status.value for status in TERMINAL} | {Status.AWAITING_APPROVAL.value}


def one_incident(api: Api, address: Address, scenario: str, seconds: float) -> dict[str, Any]:
    """Rehearse `scenario` once, on services of its own, and return what it took."""
    began = time.monotonic()
    run = sandbox.inject(address, scenario, suffix=f"one-{secrets.token_hex(2)}")
    injected = time.monotonic() - began
    (item,) = _ended(api, [run], seconds).values()
    incident = read(Incident, api.get(f"/incidents/{item['incident_id']}"))
    steps = _steps(api, incident)
    over = incident.closed_at or incident.updated_at
    figures = measured(history(address, incident), steps)
    sandbox.clear(address, run.name)
    return {
        "scenario": scenario,
        "incident_id": incident.incident_id,
        "status": incident.status,
        "inject_seconds": round(injected, 3),
        "opened_to_over_seconds": round((over - incident.opened_at).total_seconds(), 3),
        "phase_seconds": incident.phase_seconds(),
        **figures,
    }


def many_incidents(api: Api, address: Address, storm: Storm, seconds: float) -> dict[str, Any]:
    """Let the alarms of a storm go off at once, and return what became of them."""
    count = len(storm.runs)
    began = time.monotonic()
    with MemoryWatch(address.pid) as memory:
        storm.break_loose()
        ended = _ended(api, storm.runs, seconds)
    took = time.monotonic() - began
    incidents = [
        read(Incident, api.get(f"/incidents/{item['incident_id']}")) for item in ended.values()
    ]
    transcripts = [_steps(api, incident) for incident in incidents]
    return {
        "alarms": count,
        "incidents": len(incidents),
        "lost": count - len(incidents),
        "statuses": dict(Counter(incident.status.value for incident in incidents)),
        "actions_done": sum(_done(incident) for incident in incidents),
        "actions_twice": _twice(address, incidents),
        "agent_steps": sum(map(len, transcripts)),
        "steps_missing": sum(map(_has_holes, transcripts)),
        "tool_calls_without_answer": _unanswered(transcripts),
        "most_open_at_once": _most_open(incidents),
        "seconds": round(took, 3),
        "first_opened_to_last_over_seconds": _span(incidents),
        "peak_resident_bytes": memory.peak.resident,
        "peak_proportional_bytes": memory.peak.proportional,
        "peak_processes": memory.peak.processes,
    }


def _ended(api: Api, runs: Sequence[sandbox.Run], seconds: float) -> dict[str, dict[str, Any]]:
    """Return the incident of each run once all have ended, or wait for a person."""
    deadline = time.monotonic() + seconds
    while True:
        items = list(api.pages("/incidents", limit=100))
        found = {
            run.name: item for run in runs for item in items if is_about(item, run.scenario.alarm)
        }
        open_still = [name for name, item in found.items() if item["status"] not in _ENOUGH]
        if len(found) == len(runs) and not open_still:
            return found
        if time.monotonic() > deadline:
            raise NotOverError(
                f"after {seconds:.0f} s {len(found)} of {len(runs)} incidents are open, "
                f"{len(open_still)} of them not over"
            )
        time.sleep(1.0)


def _steps(api: Api, incident: Incident) -> list[Step]:
    path = f"/incidents/{incident.incident_id}/steps"
    return [read(Step, item) for item in api.pages(path)]


def _done(incident: Incident) -> int:
    return sum(record.status is ActionStatus.DONE for record in incident.actions)


def _has_holes(steps: Sequence[Step]) -> bool:
    return [step.number for step in steps] != list(range(1, len(steps) + 1))


def _unanswered(transcripts: Sequence[Sequence[Step]]) -> dict[str, int]:
    """Return why tool calls gave nothing, and how often."""
    reasons = Counter(
        f"{seen.call.server} {seen.status.value}: {seen.message[:60]}"
        for steps in transcripts
        for step in steps
        for seen in step.observations
        if seen.status is not ObservationStatus.OK
    )
    return dict(reasons.most_common(8))


def _twice(address: Address, incidents: Sequence[Incident]) -> int:
    """Return how many services were changed more often than actions are on record."""
    ecs = address.client("ecs")
    twice = 0
    for incident in incidents:
        done = [record for record in incident.actions if record.status is ActionStatus.DONE]
        for record in done:
            place = record.action.parameters
            if not {"cluster", "service"} <= place.keys():
                continue
            told = ecs.describe_services(cluster=place["cluster"], services=[place["service"]])
            started = [
                deployment
                for service in told["services"]
                for deployment in service["deployments"]
                if deployment["createdAt"] >= incident.opened_at
            ]
            twice += len(started) > len(done)
    return twice


def _most_open(incidents: Sequence[Incident]) -> int:
    changes = [(incident.opened_at, 1) for incident in incidents]
    changes += [(incident.closed_at or incident.updated_at, -1) for incident in incidents]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _span(incidents: Sequence[Incident]) -> float:
    over = max(incident.closed_at or incident.updated_at for incident in incidents)
    return round((over - min(incident.opened_at for incident in incidents)).total_seconds(), 3)
