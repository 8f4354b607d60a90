"""What to do about a pipeline: mend what it calls, repeat what failed, or leave it to a person.

A failed execution is repeated only where that does nothing twice that must be done once, and what
it failed of has passed or was mended. Everything else is advice, and advice is for people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from itops_core.domain.investigation import Case, Observation, ToolCall
from itops_core.domain.remediation import Action, ActionStatus
from itops_core.reasoning.offline.extract_changes import changes_seen
from itops_core.reasoning.offline.failed_runs import (
    FailedRun,
    comparison,
    failed_run,
    failure_families,
    has_recovered,
    machine_of,
)
from itops_core.reasoning.offline.library import ActionTemplate, Fault
from itops_core.reasoning.offline.plan_parts import fault_found
from itops_core.reasoning.offline.reading import text_of
from itops_core.reasoning.offline.run_changes import names_it
from itops_core.reasoning.offline.scene import Scene

_HOURS = 24
_CITATIONS = 3
_SPENT = {ActionStatus.DONE, ActionStatus.UNDONE, ActionStatus.FAILED, ActionStatus.REFUSED}
_SUSPECT = 0.2
_TWICE = {
    "safe": "does nothing twice",
    "unsafe": "does something twice",
    "unknown": "may do something twice",
}
_IN_VAIN = "A redrive would fail again: it keeps the definition and input it failed with."
_DEFINITION_FIRST = (
    "The definition is another one than that of the last good execution: put that right first."
)
_KINDS = {"{function}": "function", "{table}": "table"}


@dataclass(frozen=True)
class Remedy:
    """One action, why it helps, and whether it repeats an execution."""

    action: Action
    because: str
    repeats: bool = False


@dataclass(frozen=True)
class PipelinePlanning:
    """One look at what may be done about a pipeline."""

    case: Case

    @cached_property
    def scene(self) -> Scene:
        """The case, ready to be read."""
        return Scene(self.case)

    @cached_property
    def fault(self) -> Fault | None:
        """The fault that was found, if one was."""
        return fault_found(self.case, self.scene)

    @cached_property
    def run(self) -> FailedRun | None:
        """The failed execution in question, as far as it was explained."""
        return failed_run(self.scene)

    def remedies(self) -> Iterator[Remedy]:
        """Yield what was not tried yet: to mend first, then to repeat what failed.

        Where later executions succeed there is nothing to mend before it is repeated.
        """
        if self.fault is None:
            return
        mends = [one for template in self.fault.actions if (one := self._filled(template))]
        repeat = self._repeat() if self.has_passed else None
        repeats = [repeat] if repeat else []
        ordered = [*repeats, *mends] if has_recovered(self.scene) else [*mends, *repeats]
        yield from (one for one in ordered if not self._is_spent(one.action))

    @cached_property
    def has_passed(self) -> bool:
        """Whether what it failed of is over: later executions succeed, or it was mended."""
        return has_recovered(self.scene) or self.was_mended

    @cached_property
    def was_mended(self) -> bool:
        """Whether something that the failure is about was changed after the last failure."""
        if any(
            record.status is ActionStatus.DONE
            and not record.in_vain
            and record.action.name not in _REPEATS
            for record in self.case.incident.actions
        ):
            return True
        families = failure_families(self.scene)
        last = max((one.last_at for one in families if one.last_at), default=None)
        names = {
            text_of(one, key)
            for one in (self.run.involved if self.run else ())
            for key in ("name", "entry_id")
        } - {""}
        return last is not None and any(
            change.at > last and any(names_it(change, name) for name in names)
            for change in changes_seen(self.scene)
        )

    def preview_of(self, action: Action) -> Observation | None:
        """Return what the preview of `action` showed, if this agent asked for it."""
        for seen in reversed(self._own):
            asked = (seen.call.arguments.get("name"), seen.call.arguments.get("parameters"))
            if seen.call.tool == "preview_action" and asked == (action.name, action.parameters):
                return seen
        return None

    def looks(self) -> Iterator[ToolCall]:
        """Yield the looks at live state that this agent has not had itself."""
        asked = {seen.call.tool for seen in self._own}
        if "list_failed_executions" not in asked:
            yield _monitoring(
                "list_failed_executions", state_machine=machine_of(self.scene), hours_back=_HOURS
            )
            yield _monitoring(
                "list_recent_changes", service=self.scene.target.name, hours_back=_HOURS
            )
            return
        families = failure_families(self.scene)
        newest = families[0].latest if families else ""
        known = {one.call.arguments.get("execution_arn") for one in self._explained}
        if newest and newest not in known:
            yield _monitoring("explain_execution_failure", execution_arn=newest)

    def advice(self) -> str:
        """Return what a person should know who takes over."""
        if self.run is None:
            return "No execution that failed could be looked into."
        told = self.run.advice
        step = text_of(told, "step").replace("_", " ") or "look first"
        parts = [f"{step[:1].upper()}{step[1:]}: {text_of(told, 'why') or 'nothing is advised'}."]
        if self.definition_changed:
            parts.append(_DEFINITION_FIRST)
        parts += self._repeats_told()
        for effect in told.get("effects") or ():
            if isinstance(effect, dict) and effect.get("repeatable") not in {"reads", "idempotent"}:
                parts.append(f"{effect.get('state')}: {effect.get('why')}.")
        if not self.has_passed:
            parts.append("No later execution shows that the cause has passed.")
        waiting = sum(one.count for one in failure_families(self.scene))
        if waiting > 1:
            parts.append(f"{waiting} executions failed and wait to be repeated.")
        parts += [f"{what} belongs to {owner}." for what, owner in self._owners().items()]
        return " ".join(parts)

    @cached_property
    def definition_changed(self) -> bool:
        """Whether the fault may lie in a definition that is another than the last good one's."""
        shown = self.fault.shows.get("run_definition_changed") if self.fault else None
        beside = comparison(self.scene)
        return (
            shown is not None
            and shown.seen >= _SUSPECT
            and beside is not None
            and bool(beside.differences("definition_differences"))
        )

    @property
    def _own(self) -> tuple[Observation, ...]:
        steps = self.case.steps_of_this_agent
        return tuple(seen for step in steps for seen in step.observations)

    @property
    def _explained(self) -> tuple[Observation, ...]:
        return tuple(self.scene.answers("explain_execution_failure"))

    def _repeats_told(self) -> Iterator[str]:
        """Yield what each way to repeat the execution would do."""
        told = self.run.advice if self.run else {}
        if told.get("redrive_possible") is True:
            in_vain = told.get("redrive_helps") is False or self.definition_changed
            twice = _TWICE.get(text_of(told, "redrive_is"), "")
            yield _IN_VAIN if in_vain else f"A redrive {twice}." if twice else ""
        twice, note = _TWICE.get(text_of(told, "rerun_is"), ""), text_of(told, "rerun_note")
        if twice:
            yield f"A rerun {twice}{f'; {note}' if note else ''}."

    def _owners(self) -> dict[str, str]:
        """Return whose the component at fault and the pipeline are, as far as it is known."""
        verdict = self.case.incident.verdict
        at_fault = verdict.root_cause.component if verdict and verdict.root_cause else ""
        told = self.run.sections.get("catalog") if self.run else None
        known = [(one, at_fault) for one in (self.run.involved if self.run else ())]
        pipeline = told if isinstance(told, dict) else {}
        known += [(pipeline, text_of(pipeline, "entry_id"))]
        return {
            name: text_of(one, "owner")
            for one, name in known
            if name and name == text_of(one, "entry_id") and text_of(one, "owner")
        }

    def _repeat(self) -> Remedy | None:
        """Return how the failed execution may be repeated, where that is safe."""
        if self.run is None:
            return None
        told, arn = self.run.advice, {"execution_arn": self.run.arn}
        step = text_of(told, "step")
        if step in {"nothing", "look_first"}:
            return None
        anew = step == "fix_then_rerun" or self.definition_changed
        if told.get("redrive_possible") is True and told.get("redrive_is") == "safe" and not anew:
            because = "It goes on where it failed; doing that once more does nothing twice."
            return Remedy(Action(name="redrive_execution", parameters=arn), because, repeats=True)
        if told.get("rerun_is") == "safe":
            because = "It runs from the start with the same input; that does nothing twice."
            return Remedy(Action(name="rerun_execution", parameters=arn), because, repeats=True)
        return None

    def _filled(self, template: ActionTemplate) -> Remedy | None:
        """Return a remedy with the names that AWS has, or `None` where they are not known."""
        if self.run is None:
            return None
        known = {text: self._name_of(kind) for text, kind in _KINDS.items()}
        parameters = {name: known.get(text, text) for name, text in template.parameters.items()}
        if not all(parameters.values()):
            return None
        because = template.because.format(component=next(iter(parameters.values())))
        return Remedy(Action(name=template.name, parameters=dict(parameters)), because)

    def _name_of(self, kind: str) -> str:
        verdict = self.case.incident.verdict
        at_fault = verdict.root_cause.component if verdict and verdict.root_cause else ""
        for one in self.run.involved if self.run else ():
            if text_of(one, "kind") == kind and at_fault in {
                text_of(one, "entry_id"),
                text_of(one, "name"),
            }:
                return text_of(one, "name")
        return ""

    def _is_spent(self, action: Action) -> bool:
        return any(
            record.action.name == action.name
            and action.parameters.items() <= record.action.parameters.items()
            for record in self.case.incident.actions
            if record.status in _SPENT
        )


_REPEATS = {"redrive_execution", "rerun_execution", "notify_only"}


def _monitoring(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(server="monitoring", tool=tool, arguments=arguments)
