"""The channels that this deployment has, and what delivers to them: the notifier's parts alone."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from itops_core.domain.notification import Notification, Occasion
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.verdict import Severity
from itops_core.errors import NotFoundError
from itops_core.settings import NotificationRules, config, places
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import circuit_breaker
from itops_core.wiring import stores
from itops_core.wiring.clients import client, table
from itops_core.workflow.channels.github import GitHubChannel
from itops_core.workflow.channels.github_issues import GitHubIssues
from itops_core.workflow.channels.port import Channel, DeliveryFailedError
from itops_core.workflow.channels.secrets import Secret
from itops_core.workflow.channels.slack import SlackChannel
from itops_core.workflow.channels.sns import SnsChannel
from itops_core.workflow.channels.teams import TeamsChannel
from itops_core.workflow.delivering import Deliverer, Outside
from itops_core.workflow.sweeping import Sweeper

if TYPE_CHECKING:
    from pybreaker import CircuitBreaker

_LEASE_MARGIN_SECONDS = 5
_SWEEP_SECONDS = 25.0


@lru_cache
def channels() -> tuple[Channel, ...]:
    """Return the channels that are set up: those whose secrets and places are named."""
    found: list[Channel] = [SnsChannel(client("sns"), places()["NOTIFICATIONS_TOPIC_ARN"])]
    seconds = config().notifications.timeout_seconds
    token, room = places().get("SLACK_TOKEN_SECRET_ARN"), places().get("SLACK_CHANNEL")
    if token and room:
        address = places().get("SLACK_BASE_URL") or "https://slack.com/api/"
        found.append(SlackChannel(_secret(token), room, address, seconds))
    if webhook := places().get("TEAMS_WEBHOOK_SECRET_ARN"):
        found.append(TeamsChannel(_secret(webhook, "url"), seconds))
    repository, token = places().get("ITOPS_GITHUB_REPOSITORY"), _github_secret()
    if repository and token:
        address = places().get("ITOPS_GITHUB_BASE_URL") or "https://api.github.com"
        found.append(GitHubChannel(GitHubIssues(repository, address, _secret(token))))
    return tuple(found)


@lru_cache
def deliverer() -> Deliverer:
    """Return what delivers."""
    return Deliverer(
        store=stores.notifications(),
        incidents=stores.incidents(),
        runtime=stores.runtime(),
        outside=Outside(
            channels=channels(),
            breakers={one.name: _breaker(one.name) for one in channels()},
            dead_letters=_keep_dead_letter,
            link_to=_link_to,
            ended_as=_ended_as,
        ),
        rules=_rules(),
    )


def _rules() -> NotificationRules:
    """Return the rules; raise `ValueError` where a route names what there is not."""
    rules = config().notifications
    for route in rules.routes:
        for name in route.occasions:
            Occasion(name)
        for name in route.severities:
            Severity(name)
    return rules


@lru_cache
def sweeper() -> Sweeper:
    """Return what looks after everything that is undelivered."""
    return Sweeper(stores.notifications(), stores.runtime(), deliverer(), _SWEEP_SECONDS)


def _secret(secret_id: str, name: str = "token") -> Secret:
    return Secret(client("secretsmanager"), secret_id, name)


def _github_secret() -> str:
    return places().get("ITOPS_GITHUB_TOKEN_SECRET")


def _breaker(channel: str) -> "CircuitBreaker":
    rules = config().breaker
    lease = config().notifications.timeout_seconds + _LEASE_MARGIN_SECONDS
    storage = BreakerStorage(table(places()["RUNTIME_TABLE"]), f"channel-{channel}", rules, lease)
    return circuit_breaker(storage, rules, _is_no_outage)


def _is_no_outage(error: BaseException) -> bool:
    """A channel that refuses one message for good is well; the others may still be told."""
    return not isinstance(error, DeliveryFailedError) or error.is_final


def _keep_dead_letter(notification: Notification, channel: str, error: str) -> None:
    client("sqs").send_message(
        QueueUrl=places()["DEAD_LETTER_QUEUE_URL"],
        MessageBody=json.dumps(
            {
                "reason": f"people could not be told by {channel}: {error}",
                "channel": channel,
                "notification": notification.model_dump(mode="json"),
            }
        ),
    )


def _link_to(incident_id: str) -> str:
    base = places().get("PAGE_URL")
    return f"{base.rstrip('/')}/#/incidents/{incident_id}" if base else ""


def _ended_as(approval_id: str) -> str:
    try:
        approval = stores.approvals().get(approval_id)
    except NotFoundError:
        return ""
    return "" if approval.status is ApprovalStatus.PENDING else _told(approval)


def _told(approval: Approval) -> str:
    if approval.void_reason:
        return f"No longer asked: {approval.void_reason}"
    words = [
        f"{word.decided_by} {'approved' if word.approved else 'denied'}: {word.reason}"
        for word in approval.decisions
    ]
    head = approval.status.value.capitalize()
    return f"{head} · {'; '.join(words)}" if words else f"{head}: nobody decided in time"
