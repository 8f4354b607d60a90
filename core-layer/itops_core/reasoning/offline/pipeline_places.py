"""Where a pipeline's fault lies: in itself, or in what its failing state calls."""

from itops_core.reasoning.offline.extract_changes import Change
from itops_core.reasoning.offline.failed_runs import FailedRun, failed_run
from itops_core.reasoning.offline.library import Fault
from itops_core.reasoning.offline.reading import text_of
from itops_core.reasoning.offline.run_changes import access_change, function_change
from itops_core.reasoning.offline.scene import Scene

_CALLED = (
    "function", "table", "queue", "topic", "host", "job", "container", "state_machine", "bucket",
    "activity", "other",
)  # fmt: skip
_PLACES = {
    "function": ("function",),
    "table": ("table",),
    "host": ("host", "queue", "topic", "other", "bucket"),
    "called": _CALLED,
}


def faulty_part(scene: Scene, fault: Fault) -> str:
    """Return who is at fault in a pipeline; empty where that is not told."""
    run = failed_run(scene)
    if run is None:
        return ""
    if fault.at == "component":
        return _deepest(run)
    if fault.at == "denied":
        return _denied(run) or _deepest(run)
    places = _PLACES.get(fault.at)
    return (run.entry_of(*places) or run.entry_of(*_CALLED)) if places else ""


def blamed_change(scene: Scene, fault: Fault) -> Change | None:
    """Return the change that a pipeline's fault came with, if one was seen."""
    run = failed_run(scene)
    if run is None or not fault.blames_change:
        return None
    find = access_change if fault.at == "denied" else function_change
    return find(scene, run)


def _deepest(run: FailedRun) -> str:
    """Return the pipeline whose own execution failed first."""
    chain = run.chain
    if len(chain) < 2:
        return ""
    return text_of(chain[-1], "entry_id") or text_of(chain[-1], "state_machine")


def _denied(run: FailedRun) -> str:
    """Return who lacks the permission: the function whose code was refused, else the pipeline."""
    in_code = bool(text_of(run.error, "exception")) or bool(run.error.get("stack"))
    return run.entry_of("function") if in_code else ""
