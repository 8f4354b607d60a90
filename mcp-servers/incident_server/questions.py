"""What to ask next about an incident: what nobody looked at yet, and what separates rivals."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import Value

_MOST = 8


class Question(Value):
    """One question that a tool can answer, and why it is worth asking."""

    why: str
    server: str
    tool: str
    arguments: dict[str, Any] = Field(description="As far as they are known.")


def questions(
    incident: Incident,
    entry: CatalogEntry | None,
    asked: Collection[str],
    beliefs: Mapping[tuple[str, str], float],
) -> list[Question]:
    """Return what is worth asking; `asked` names the tools that have answered already."""
    found = [
        *_unseen(incident, asked),
        *_where_things_are(incident, entry, asked),
        *_of_neighbours(incident, entry, beliefs),
        *_of_the_past(incident, entry),
        *_of_the_remedy(incident),
    ]
    return list({(one.tool, str(one.arguments)): one for one in found}.values())[:_MOST]


def _unseen(incident: Incident, asked: Collection[str]) -> list[Question]:
    """What was tried and could not be seen is worth another try."""
    gaps = incident.verdict.gaps if incident.verdict else ()
    return [
        Question(
            why=f"{gap.source} could not be seen: {gap.reason}"[:300],
            server=gap.source.partition(".")[0],
            tool=gap.source.partition(".")[2],
            arguments={},
        )
        for gap in gaps
        if "." in gap.source and gap.source.partition(".")[2] not in asked
    ]


def _where_things_are(
    incident: Incident, entry: CatalogEntry | None, asked: Collection[str]
) -> list[Question]:
    found: list[Question] = []
    alarm = incident.alarm
    if alarm is not None and "get_alarm_history" not in asked:
        found.append(
            _look("how often did this alarm ring?", "get_alarm_history", alarm_name=alarm.name)
        )
    if (
        alarm is not None
        and alarm.metric
        and not {"get_metrics", "detect_metric_anomalies"} & {*asked}
    ):
        found.append(
            _look(
                "when did the alarm's metric leave its usual range?",
                "detect_metric_anomalies",
                namespace=alarm.namespace,
                metrics=[alarm.metric],
                dimensions=alarm.dimensions,
            )
        )
    if "list_recent_changes" not in asked:
        why = "what was changed before it began?"
        found.append(_look(why, "list_recent_changes", service=incident.service))
    if entry is not None:
        found += _of_entry(entry, asked)
    return found


def _of_entry(entry: CatalogEntry, asked: Collection[str]) -> list[Question]:
    found: list[Question] = []
    if entry.log_groups and not {"query_cloudwatch_logs", "find_log_patterns"} & {*asked}:
        why = "which kinds of lines are new in its log?"
        found.append(_look(why, "find_log_patterns", log_group=entry.log_groups[0]))
    if entry.ecs_service and "describe_ecs_service" not in asked:
        why = "do its tasks run, and were any stopped?"
        found.append(
            _look(
                why, "describe_ecs_service", cluster=entry.cluster or "", service=entry.ecs_service
            )
        )
    if entry.state_machine_arn and "list_failed_executions" not in asked:
        why = "which executions failed, and where?"
        found.append(_look(why, "list_failed_executions", state_machine=entry.entry_id))
    if entry.kind == "queue" and "get_dlq_depth" not in asked:
        why = "do messages end in its dead-letter queue?"
        found.append(_look(why, "get_dlq_depth", name_prefix=entry.resource or entry.entry_id))
    if entry.depends_on and not {"get_service_map", "get_traces"} & {*asked}:
        found.append(_look("where do slow or failing calls begin?", "get_service_map"))
    return found


def _of_neighbours(
    incident: Incident, entry: CatalogEntry | None, beliefs: Mapping[tuple[str, str], float]
) -> list[Question]:
    """Two hypotheses about different components are told apart by looking at the second one."""
    best = sorted(beliefs.items(), key=lambda pair: -pair[1])[:3]
    components = dict.fromkeys(component for (component, _), _ in best)
    if not components and entry is not None:
        components = dict.fromkeys(entry.depends_on[:2])
    return [
        Question(
            why=f"{component} is suspected, too: who is it, and who leans on it?",
            server="incident",
            tool="get_catalog_entry",
            arguments={"name": component},
        )
        for component in components
        if component and component != incident.service
    ]


def _of_the_past(incident: Incident, entry: CatalogEntry | None) -> list[Question]:
    found = [
        Question(
            why="what helped when it looked like this before?",
            server="incident",
            tool="search_knowledge_base",
            arguments={"query": incident.title[:300], "services": [incident.service]},
        )
    ]
    if entry is not None and entry.runbook:
        found.append(
            Question(
                why=f"{entry.entry_id} has a runbook",
                server="incident",
                tool="get_runbook",
                arguments={"runbook_id": entry.runbook},
            )
        )
    return found


def _of_the_remedy(incident: Incident) -> list[Question]:
    if incident.plan is None or incident.status not in {Status.ESCALATED, Status.INVESTIGATING}:
        return []
    return [
        Question(
            why=f"what would {planned.action.name} change now?",
            server="operations",
            tool="preview_action",
            arguments=planned.action.model_dump(mode="json"),
        )
        for planned in incident.plan.actions
        if planned.action.changes_something
    ]


def _look(why: str, tool: str, **arguments: Any) -> Question:  # noqa: ANN401
    return Question(why=why, server="monitoring", tool=tool, arguments=arguments)
