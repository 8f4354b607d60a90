"""The parts of the workflow of this process."""

from functools import lru_cache

from itops_core.settings import config, places
from itops_core.wiring import stores
from itops_core.wiring.clients import client
from itops_core.workflow.closing import Closer
from itops_core.workflow.deciding import Decider
from itops_core.workflow.executions import Executions
from itops_core.workflow.grading import Grader
from itops_core.workflow.intervening import Interventions
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.opening import Opener
from itops_core.workflow.reporting import Reporter
from itops_core.workflow.resuming import Resumer


@lru_cache
def executions() -> Executions:
    """Return the state machine."""
    return Executions(client("stepfunctions"), places()["STATE_MACHINE_ARN"])


@lru_cache
def opener() -> Opener:
    """Return what opens incidents."""
    return Opener(
        incidents=stores.incidents(),
        runtime=stores.runtime(),
        executions=executions(),
        cooldown_seconds=config().intake.cooldown_seconds,
    )


@lru_cache
def decider() -> Decider:
    """Return what takes decisions on approvals."""
    return Decider(
        incidents=stores.incidents(),
        approvals=stores.approvals(),
        executions=executions(),
        witness=stores.audit().append,
    )


@lru_cache
def interventions() -> Interventions:
    """Return what people do to incidents themselves."""
    return Interventions(stores.incidents(), decider(), witness=stores.audit().append)


@lru_cache
def grader() -> Grader:
    """Return what takes marks on verdicts."""
    return Grader(stores.incidents(), stores.knowledge(), witness=stores.audit().append)


@lru_cache
def notifications() -> Notifications:
    """Return what tells people."""
    return Notifications(
        client=client("sns"),
        topic_arn=places()["NOTIFICATIONS_TOPIC_ARN"],
        incidents=stores.incidents(),
        runtime=stores.runtime(),
    )


@lru_cache
def closer() -> Closer:
    """Return what ends incidents."""
    return Closer(
        incidents=stores.incidents(),
        knowledge=stores.knowledge(),
        catalog=stores.catalog(),
        approvals=stores.approvals(),
        notifications=notifications(),
        audit=stores.audit(),
    )


@lru_cache
def resumer() -> Resumer:
    """Return what picks up incidents on which nothing works."""
    return Resumer(
        incidents=stores.incidents(),
        approvals=stores.approvals(),
        executions=executions(),
        decider=decider(),
    )


@lru_cache
def reporter() -> Reporter:
    """Return what writes reports."""
    return Reporter(
        incidents=stores.incidents(),
        agent_state=stores.agent_state(),
        approvals=stores.approvals(),
    )
