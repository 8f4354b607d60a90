"""The parts of this process that take alarms in."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache

import boto3

from itops_core.domain.incident import Incident
from itops_core.domain.notification import Occasion
from itops_core.domain.own_parts import is_own
from itops_core.settings import config, places
from itops_core.stores.link_writes import Entry
from itops_core.stores.links import LinkStore
from itops_core.stores.maintenance import MaintenanceStore
from itops_core.wiring import stores
from itops_core.wiring.clients import client, table
from itops_core.wiring.workflow import notifications, opener, self_watch
from itops_core.workflow.clearing import Clearing
from itops_core.workflow.correlation import FoldingRule
from itops_core.workflow.dead_letters import DeadLetters
from itops_core.workflow.deferring import LaterLinks
from itops_core.workflow.early_ends import EarlyEnds
from itops_core.workflow.folding import Folding
from itops_core.workflow.intake import Intake
from itops_core.workflow.maintenance import Maintenance
from itops_core.workflow.outages import OutageBoard
from itops_core.workflow.ringing import AlarmStates

_FRESH_SECONDS = 300
"""A secret that was changed counts after so long, at the latest."""


@lru_cache
def links() -> LinkStore:
    """Return the alarms of incidents."""
    incidents = table(places()["INCIDENTS_TABLE"])
    return LinkStore(boto3.resource("dynamodb"), incidents, table(places()["RUNTIME_TABLE"]))


@lru_cache
def maintenance() -> Maintenance:
    """Return the maintenance windows."""
    store = MaintenanceStore(stores.runtime(), table(places()["INCIDENTS_TABLE"]))
    return Maintenance(store, stores.audit().append)


@lru_cache
def intake() -> Intake:
    """Return what takes alarms in."""
    rules = config().intake
    rule = FoldingRule(hops=rules.fold_hops, window=timedelta(seconds=rules.fold_seconds))
    incidents = stores.incidents()
    return Intake(
        incidents=incidents,
        links=links(),
        catalog=stores.catalog(),
        board=OutageBoard(stores.runtime(), incidents, rule, opener().open, rules.cooldown_seconds),
        folding=Folding(incidents, links()),
        clearing=Clearing(
            incidents,
            links(),
            stores.audit(),
            stores.endings(),
            lambda incident: notifications().tell(incident, Occasion.CLEARED),
        ),
        maintenance=maintenance(),
        rings=AlarmStates(lambda: client("cloudwatch")).rings,
        put_off=_put_off(),
        early=EarlyEnds(links()),
        standing=_standing,
    )


def _put_off() -> Callable[[Sequence[Entry]], Sequence[Entry]]:
    url = places().get("INTAKE_LINKS_URL")
    return LaterLinks(lambda: client("sqs"), url, links().expect).split if url else list


def _standing(service: str, incident_id: str) -> Incident | None:
    return self_watch().standing(incident_id) if is_own(service) else None


def webhook_secrets() -> tuple[str, ...]:
    """Return what webhooks may be signed with: a line each, so that a secret can be changed."""
    arn = places().get("WEBHOOK_SECRET_ARN")
    return _secrets(arn, int(time.time() // _FRESH_SECONDS)) if arn else ()


@lru_cache(maxsize=2)
def _secrets(arn: str, _period: int) -> tuple[str, ...]:
    text = str(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@lru_cache
def dead_letters() -> DeadLetters:
    """Return what intake gave up."""
    return DeadLetters(
        client("sqs"),
        places()["INTAKE_DEAD_LETTERS_URL"],
        places()["INTAKE_QUEUE_URL"],
        stores.audit().append,
    )
