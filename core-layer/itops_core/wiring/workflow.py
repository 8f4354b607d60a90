"""The parts of the workflow of this process."""

from functools import lru_cache

from itops_core.domain.autonomy import Standing
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.values import utc_now
from itops_core.reasoning.budget import allowance, spent
from itops_core.remediation.autonomy import Earner, turn_of
from itops_core.settings import config, places
from itops_core.wiring import stores
from itops_core.wiring.autonomy import track_record_store, track_records
from itops_core.wiring.clients import client
from itops_core.wiring.notifier import notifier
from itops_core.workflow.chatting import Answerer, Chats
from itops_core.workflow.closing import Closer
from itops_core.workflow.deciding import Decider
from itops_core.workflow.executions import Executions
from itops_core.workflow.grading import Grader
from itops_core.workflow.intervening import Interventions
from itops_core.workflow.looking import Looker
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.opening import Opener
from itops_core.workflow.paging import Pager
from itops_core.workflow.reporting import Reporter
from itops_core.workflow.resuming import Resumer
from itops_core.workflow.running import GoalRuns, RunExecutions
from itops_core.workflow.self_watch import SelfWatch


@lru_cache
def executions() -> Executions:
    """Return the state machine."""
    return Executions(client("stepfunctions"), places()["STATE_MACHINE_ARN"])


@lru_cache
def opener() -> Opener:
    """Return what opens incidents."""
    return Opener(
        incidents=stores.incidents(),
        executions=executions(),
        page=lambda incident: pager().page(incident),
    )


@lru_cache
def decider() -> Decider:
    """Return what takes decisions on approvals."""
    return Decider(
        incidents=stores.incidents(),
        approvals=stores.approvals(),
        executions=executions(),
        witness=stores.audit().append,
        hurry=notifications().hurry,
    )


@lru_cache
def interventions() -> Interventions:
    """Return what people do to incidents themselves."""
    return Interventions(
        stores.incidents(), decider(), notifications().tell, witness=stores.audit().append
    )


@lru_cache
def grader() -> Grader:
    """Return what takes marks on verdicts."""
    return Grader(
        stores.incidents(), stores.knowledge(), witness=stores.audit().append, weigh=earner().weigh
    )


@lru_cache
def earner() -> Earner:
    """Return what keeps the record of each class of actions."""

    def tell(incident: Incident, standing: Standing) -> None:
        key = f"{standing.action}-{standing.helped}-{standing.of}"
        notifications().tell(incident, "autonomy", turn_of(standing), key)

    return Earner(
        track_record_store(), track_records(), stores.incidents(), stores.audit().append, tell
    )


@lru_cache
def notifications() -> Notifications:
    """Return what takes what people are to be told."""
    return Notifications(
        stores.notifications(), lambda incident_id: notifier().deliver(incident_id)
    )


@lru_cache
def pager() -> Pager:
    """Return what pages people."""
    rules = config().notifications
    return Pager(
        incidents=stores.incidents(),
        notifications=notifications(),
        every_minutes=rules.page_again_minutes,
        at_most=rules.page_again_at_most,
    )


@lru_cache
def self_watch() -> SelfWatch:
    """Return what opens incidents about ITOps itself."""
    return SelfWatch(
        incidents=stores.incidents(),
        runtime=stores.runtime(),
        open=opener().open,
        minutes=config().self_watch.own_incident_minutes,
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
        endings=stores.endings(),
        is_spent=_is_spent,
        blocked_keyword=_blocked_keyword,
        self_watch=lambda incident, broke: self_watch().broke(incident, broke),
    )


def _is_spent(incident: Incident) -> bool:
    transcript = stores.agent_state().steps(incident.incident_id)
    agent = transcript[-1].agent if transcript else Agent.ROOT_CAUSE
    return allowance(spent(transcript, agent, incident.round), config().budget).is_spent


def _blocked_keyword(plan: RemediationPlan) -> str | None:
    from itops_core.remediation.gate import blocked_keyword_in  # noqa: PLC0415 - Cedar is slow

    return blocked_keyword_in(plan, config().remediation.blocked_keywords)


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


@lru_cache
def chats() -> Chats:
    """Return what takes questions."""
    answerer = Answerer(client("lambda"), places()["CHAT_AGENT_FUNCTION"])
    return Chats(stores.conversations(), stores.catalog(), answerer, utc_now)


_LOOK_SECONDS = 24
"""The API itself has 30: whoever asked is told that nothing came, not cut off."""


@lru_cache
def looker() -> Looker:
    """Return what looks at pipelines."""
    return Looker(client("lambda", _LOOK_SECONDS), places()["CHAT_AGENT_FUNCTION"])


@lru_cache
def goal_runs() -> GoalRuns:
    """Return what is done with runs from outside."""
    executions_of_runs = RunExecutions(client("stepfunctions"), places()["GOAL_RUN_ARN"])
    return GoalRuns(stores.runs(), executions_of_runs, utc_now)
