"""The main job, in front of the user: one fault resolved, another one stopped at a person."""

import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from itops_cli.api import Api
from itops_cli.embedded import log_of, sandbox_errors_told
from itops_cli.failures import NotOverError
from itops_cli.rehearsal import newest_about
from itops_cli.screen.console import say, tame
from itops_cli.screen.follow import Follower, read
from itops_cli.screen.live import Voice, follow, is_over, waits_or_is_over
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import ActionStatus, Approval, VerificationOutcome
from itops_core.errors import ITOpsError
from local_cloud import sandbox
from local_cloud.address import Address
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.scenario import load

RESOLVED_BY_ITSELF = "payment-oom"
NEEDS_A_PERSON = "bad-deploy-5xx"
_OPEN_SECONDS = 240.0
_STORY_SECONDS = 300.0
_WORKERS = ("Monitoring",) * 4 + ("Incident",) * 2 + ("Operations",)
"""As many as the first step of an investigation asks at once."""


class DemoFailedError(ITOpsError):
    """The story did not end as it should."""


@dataclass(frozen=True)
class Story:
    """How the two faults ended."""

    resolved: Incident
    waiting: Approval | None
    waiting_incident: Incident

    def as_json(self) -> dict[str, Any]:
        """Return it for a script."""
        return {
            "resolved": self.resolved.incident_id,
            "waiting": self.waiting_incident.incident_id,
            "waiting_status": self.waiting_incident.status,
            "approval": self.waiting.approval_id if self.waiting else None,
        }


def wake(address: Address) -> None:
    """Start the workers of the tool servers: all at once, they would be slow in the first step."""
    client = address.client("lambda")
    prefix = address.outputs["RuntimeTable"].removesuffix("-Runtime")

    def ask(server: str) -> None:
        message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        client.invoke(FunctionName=f"{prefix}-{server}Server", Payload=message)

    with sandbox_errors_told(), ThreadPoolExecutor(len(_WORKERS)) as pool:
        list(pool.map(ask, _WORKERS))


def demonstrate(api: Api, address: Address, *, quiet: bool = False) -> Story:
    """Rehearse both faults and tell what becomes of them, or raise what went wrong."""
    resolved = _told(api, address, RESOLVED_BY_ITSELF, quiet=quiet)
    _see_that_it_was_resolved(resolved, address)
    waiting = _told(api, address, NEEDS_A_PERSON, quiet=quiet)
    if waiting.status is not Status.AWAITING_APPROVAL or not waiting.approval_id:
        raise DemoFailedError(
            f"{waiting.incident_id} should wait for a person, but is {waiting.status.value}; "
            f"the log is {log_of(address.folder)}"
        )
    approval = read(Approval, api.get(f"/approvals/{waiting.approval_id}"))
    return Story(resolved, approval, waiting)


def _told(api: Api, address: Address, slug: str, *, quiet: bool) -> Incident:
    """Return the incident that the fault `slug` led to, once nothing more happens by itself."""
    incident = _unfinished(api, address, slug)
    if incident is None:
        with sandbox_errors_told():
            run = sandbox.inject(address, slug, suffix=_suffix(api, slug))
        if not quiet:
            say()
            say(f"▶ {slug}: {tame(run.scenario.title)}", "bold magenta")
        incident = _opened(api, address, run)
    elif not quiet:
        say()
        say(f"▶ {slug}: {incident.incident_id} from the last time is still there", "bold magenta")
    enough = waits_or_is_over if slug == NEEDS_A_PERSON else is_over
    voice = Voice.NONE if quiet else Voice.SCREEN
    try:
        return _to_the_end(api, incident, enough, voice)
    except NotOverError as error:
        raise DemoFailedError(f"{error}; the log is {log_of(address.folder)}") from error


def _to_the_end(
    api: Api, incident: Incident, enough: Callable[[Incident], bool], voice: Voice
) -> Incident:
    """Follow an incident, and the one it turns out to be a duplicate of."""
    deadline = time.monotonic() + _STORY_SECONDS
    following: str | None = incident.incident_id
    while following:
        left = max(1.0, deadline - time.monotonic())
        incident = follow(Follower(api, following), left, enough, voice)
        following = incident.duplicate_of if incident.status is Status.DUPLICATE else None
    return incident


def _unfinished(api: Api, address: Address, slug: str) -> Incident | None:
    """Return the incident of a run that is still active and not over."""
    with sandbox_errors_told():
        runs = [run for run in sandbox.list_active(address) if run.name.split(".")[0] == slug]
    found = (newest_about(api, run.scenario.alarm) for run in runs)
    return next((incident for incident in found if incident and not incident.is_over), None)


def _suffix(api: Api, slug: str) -> str | None:
    """Return a name for services of their own where the usual ones are with people just now.

    An alarm that goes off again soon after its incident was handed over belongs to that one.
    """
    with sandbox_errors_told():
        last = newest_about(api, load(slug, library()).alarm)
    is_with_people = last and last.is_over and last.status is not Status.RESOLVED
    return secrets.token_hex(2) if is_with_people else None


def _opened(api: Api, address: Address, run: sandbox.Run) -> Incident:
    """Return the incident that the run's alarm opens, once it is there."""
    deadline = time.monotonic() + _OPEN_SECONDS
    while time.monotonic() < deadline:
        found = newest_about(api, run.scenario.alarm)
        if found and (not found.is_over or found.opened_at.timestamp() > run.injected_at):
            return found
        time.sleep(0.2)
    raise DemoFailedError(
        f"the alarm {run.alarm_name} opened no incident within {_OPEN_SECONDS:.0f} s; "
        f"the log is {log_of(address.folder)}"
    )


def _see_that_it_was_resolved(incident: Incident, address: Address) -> None:
    acted = any(record.status is ActionStatus.DONE for record in incident.actions)
    measured = incident.verification
    verified = measured is not None and measured.outcome is VerificationOutcome.RECOVERED
    if incident.status is Status.RESOLVED and acted and verified:
        return
    raise DemoFailedError(
        f"{incident.incident_id} should be resolved by a verified action, but is "
        f"{incident.status.value}; the log is {log_of(address.folder)}"
    )
