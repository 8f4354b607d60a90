"""What can be asked about a pipeline: which executions failed, why, and beside a good one."""

from collections.abc import Iterator

from itops_core.domain.investigation import ToolCall
from itops_core.reasoning.offline.failed_runs import failure_families, machine_of
from itops_core.reasoning.offline.questions import Question
from itops_core.reasoning.offline.scene import Scene

_MONITORING = "monitoring"
PIPELINE = "pipeline"
_HOURS = 24
_EXPLAINED = 2
_BESIDE = ("run_input_drifted", "run_definition_changed", "run_slower")
_CHANGED = ("run_function_changed", "run_access_changed")


def pipeline_questions(scene: Scene) -> Iterator[Question]:
    """Yield the questions about executions; each answer opens the next."""
    if PIPELINE not in scene.kinds:
        return
    errors = tuple(name for name, one in scene.library.symptoms.items() if one.group == "run_error")
    told = (*errors, "run_data_unfit", "run_one_item", "run_retries_used_up")
    listing = {"state_machine": machine_of(scene), "hours_back": _HOURS}
    yield Question(_call("list_failed_executions", **listing), ("runs_failing", *told), 1.2)
    families = [one for one in failure_families(scene) if one.latest]
    for place, family in enumerate(families[:_EXPLAINED]):
        arn = family.latest
        cost = 1.0 if place == 0 else 4.0
        yield Question(_call("explain_execution_failure", execution_arn=arn), told, cost)
        if place == 0:
            call = _call("compare_executions", execution_arn=arn)
            yield Question(call, _BESIDE, 1.2, core=False)
    if families:
        before = scene.incident.opened_at.isoformat()
        yield Question(
            _call(
                "list_recent_changes", hours_back=_HOURS, before=before, service=scene.target.name
            ),
            _CHANGED,
            1.2,
        )


def _call(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(server=_MONITORING, tool=tool, arguments=arguments)
