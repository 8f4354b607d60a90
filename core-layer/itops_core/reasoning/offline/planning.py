"""What to do about a root cause: the fault's remedies, filled in from live state and previewed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Case, Observation, ObservationStatus, ToolCall, Turn
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    VerificationOutcome,
)
from itops_core.reasoning.forced import empty_plan
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.extract_changes import changes_seen, suspect_change
from itops_core.reasoning.offline.library import ActionTemplate, Fault
from itops_core.reasoning.offline.lone_task import ill_task
from itops_core.reasoning.offline.plan_parts import as_previewed, fault_found, plan_of_one
from itops_core.reasoning.offline.questions import catalog_question
from itops_core.reasoning.offline.reading import count_of, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import cite

_REVISION = re.compile(r"(?P<family>[\w./:-]*?[\w-]+):(?P<revision>\d+)$")
_SPENT = {ActionStatus.DONE, ActionStatus.UNDONE, ActionStatus.FAILED, ActionStatus.REFUSED}
_CITATIONS = 3
_NAMED = {"{function}": "lambda", "{table}": "table", "{device}": "device"}
"""What the catalog calls the kind of thing whose name goes there."""


@dataclass(frozen=True)
class Planning:
    """One look at what may be done."""

    case: Case
    scale_step: int

    @cached_property
    def scene(self) -> Scene:
        """The case, ready to be read: about what is at fault, where the catalog knows it."""
        first, verdict = Scene(self.case), self.case.incident.verdict
        told = verdict.root_cause if verdict else None
        known = first.catalogued.get(told.component) if told else None
        return Scene(self.case, known.name) if known else first

    @property
    def unasked(self) -> str:
        """What is at fault, where nobody has asked the catalog about it yet; else empty."""
        verdict = self.case.incident.verdict
        told = verdict.root_cause if verdict else None
        asked = {
            seen.call.arguments.get("name")
            for seen in self.scene.everything
            if seen.call.tool == "get_catalog_entry"
        }
        known = {*asked, *self.scene.catalogued}
        return told.component if told and told.component not in known else ""

    @cached_property
    def fault(self) -> Fault | None:
        """The fault that was found, if one was."""
        return fault_found(self.case, self.scene)

    @cached_property
    def service(self) -> Observation | None:
        """The newest description of the service, of this agent's own if it has looked."""
        described = list(self.scene.answers("describe_ecs_service"))
        return described[-1] if described else None

    def candidates(self) -> Iterator[tuple[ActionTemplate, Action]]:
        """Yield the remedies that were not tried yet and whose parameters are known.

        One of which people allowed only a part was not tried: it is asked for again, as it was.
        """
        if self.fault is None:
            return
        for template in sorted(self.fault.actions, key=lambda one: not one.narrower):
            action = self._filled(template)
            if action is None or not self._fits(template):
                continue
            tried = self._tried(action)
            in_part = [one.asked for one in tried if one.asked and not self._worsened(one)]
            if not tried:
                yield template, action
            elif len(in_part) == len(tried):
                yield template, in_part[-1]

    def preview_of(self, action: Action) -> Observation | None:
        """Return what the preview of `action` showed, if it was asked for in this round."""
        for seen in reversed(self._own):
            asked = (seen.call.arguments.get("name"), seen.call.arguments.get("parameters"))
            if seen.call.tool == "preview_action" and asked == (action.name, action.parameters):
                return seen
        return None

    @property
    def _own(self) -> tuple[Observation, ...]:
        steps = self.case.steps_of_this_agent
        return tuple(seen for step in steps for seen in step.observations)

    def has_looked(self) -> bool:
        """Whether this agent has asked for the live state itself."""
        return any(seen.call.tool == "describe_ecs_service" for seen in self._own)

    def _fits(self, template: ActionTemplate) -> bool:
        if "change_near" in template.only_with:
            return suspect_change(self.scene) is not None
        return True

    def _tried(self, action: Action) -> list[ActionRecord]:
        return [
            record
            for record in self.case.incident.actions
            if record.status in _SPENT
            and not record.is_undo
            and record.action.name == action.name
            and _target_of(record.action) == _target_of(action)
        ]

    def _worsened(self, record: ActionRecord) -> bool:
        """Whether it was refused or failed, or was measured to make it worse."""
        measured = self.case.incident.verification
        is_worse = (
            measured is not None
            and measured.round == record.round
            and measured.outcome is VerificationOutcome.WORSE
        )
        return is_worse or record.status not in (ActionStatus.DONE, ActionStatus.UNDONE)

    @property
    def why_none(self) -> str:
        """Why there is no remedy left to propose."""
        if self.fault is None or not self.fault.actions:
            return "no remedy is known that the agents may carry out"
        filled = [one for template in self.fault.actions if (one := self._filled(template))]
        if not filled:
            return "the known remedies do not fit what could be seen"
        if any(self._tried(action) for action in filled):
            return "every known remedy that fits was tried"
        return "no known remedy fits what was found"

    @property
    def whom_to_call(self) -> str:
        """Who is to be called where nothing can be proposed, and what to check."""
        verdict, target = self.case.incident.verdict, self.scene.target
        told = verdict.root_cause.component if verdict and verdict.root_cause else target.name
        owner = target.owner if told in target.names else ""
        whom = f"Call {owner}, who owns {told}" if owner else f"Call whoever runs {told}"
        beyond = ""
        if self.fault and self.fault.at == "dependency" and target.depends_on:
            beyond = f", and those of what it depends on ({', '.join(target.depends_on)})"
        return f"{whom}, and check its errors, its log and its last changes{beyond}."

    def _filled(self, template: ActionTemplate) -> Action | None:
        """Return the action with what was observed put in, or `None` where that is not known."""
        target = self.scene.target
        desired = count_of(self.service.content, "desired_count") if self.service else None
        known: dict[str, object] = {
            "{cluster}": target.cluster,
            "{ecs_service}": target.ecs_service,
            "{desired_plus_step}": None if desired is None else desired + self.scale_step,
            "{previous_task_definition}": self.previous_task_definition(),
            "{dead_letter_queue}": self.dead_letter_queue(),
            "{ill_task}": ill_task(self.scene, self.service),
            **{text: target.resource for text, kind in _NAMED.items() if kind == target.kind},
        }
        parameters = {
            name: known.get(text) if text.startswith("{") else text
            for name, text in template.parameters.items()
        }
        if not all(parameters.values()):
            return None
        return Action(name=template.name, parameters=parameters)

    def dead_letter_queue(self) -> str | None:
        """Return where the messages lie that were given up, if it is one queue that holds any."""
        names = self.scene.target.names
        found = {
            text_of(queue, "name")
            for seen in self.scene.answers("get_dlq_depth")
            for queue in records(seen.content, "queues")
            if set(_sources_of(queue)) & names
            or (_sources_of(queue) and text_of(queue, "name") in names)
            if count_of(queue, "depth")
        }
        return found.pop() if len(found) == 1 else None

    def previous_task_definition(self) -> str | None:
        """Return the revision that ran before the newest one, by what was observed."""
        if self.service is None:
            return None
        current = text_of(self.service.content, "task_definition")
        for deployment in records(self.service.content, "deployments"):
            other = text_of(deployment, "task_definition")
            if other and other != current and _family(other) == _family(current):
                return other
        return self._told_by_changes(current) or _one_before(current)

    def _told_by_changes(self, current: str) -> str | None:
        """Return the newest older revision of the same family that any change tells of."""
        family, revision = _family(current), _number(current)
        named: set[int] = set()
        pattern = re.compile(rf"(?<![\w-]){re.escape(family.rsplit('/', 1)[-1])}:(\d+)\b")
        for change in changes_seen(self.scene):
            named |= {int(found) for found in pattern.findall(change.text)}
        older = [number for number in named if revision is not None and number < revision]
        return f"{family}:{max(older)}" if older else None


def plan_remedy(case: Case, scale_step: int) -> Turn:
    """Return the look at live state that a plan needs, or the plan."""
    planning = Planning(case, scale_step)
    if planning.fault is None:
        return _nothing(case, "no root cause was established, so nothing is proposed")
    candidates = list(planning.candidates())
    calls = () if case.must_answer else tuple(_calls(planning, candidates))
    if calls:
        asks = ", ".join(dict.fromkeys(call.tool for call in calls))
        return Turn(
            thought=f"Before anything is proposed, the live state: {asks}.",
            calls=calls,
            reasoner=NAME,
        )
    refused: list[str] = []
    for template, action in candidates:
        preview = planning.preview_of(action)
        if preview is not None and _is_impossible(preview):
            refused.append(f"{action.name}: {preview.content.get('reason') or preview.message}")
            continue
        return _proposed(planning, template, action)
    why = "; ".join(refused) or planning.why_none
    return _nothing(case, f"{planning.fault.title}: {why.rstrip('.')}. {planning.whom_to_call}")


def _calls(
    planning: Planning, candidates: list[tuple[ActionTemplate, Action]]
) -> Iterator[ToolCall]:
    target = planning.scene.target
    opening = catalog_question(planning.scene)
    if opening and not target.ecs_service:
        yield opening.call
    if planning.unasked:
        yield ToolCall(
            server="incident", tool="get_catalog_entry", arguments={"name": planning.unasked}
        )
    if not planning.has_looked() and target.cluster and target.ecs_service:
        yield ToolCall(
            server="monitoring",
            tool="describe_ecs_service",
            arguments={"cluster": target.cluster, "service": target.ecs_service},
        )
    for _, action in candidates:
        seen = planning.preview_of(action)
        if seen is None:
            yield ToolCall(
                server="operations",
                tool="preview_action",
                arguments={"name": action.name, "parameters": action.parameters},
            )
        elif not _is_impossible(seen):
            return


def _is_impossible(preview: Observation) -> bool:
    return preview.content.get("possible") is False or preview.status is ObservationStatus.ERROR


def _target_of(action: Action) -> dict[str, str]:
    """Return the parameters that say what it is done to, and not how much or to which revision."""
    return {
        key: value
        for key, value in action.parameters.items()
        if isinstance(value, str) and key != "task_definition"
    }


def _proposed(planning: Planning, template: ActionTemplate, action: Action) -> Turn:
    incident, verdict = planning.case.incident, planning.case.incident.verdict
    because = template.because.format(component=planning.scene.target.name)
    before = next((one for one in reversed(incident.actions) if one.asked == action), None)
    if before is not None:
        because += f" Less was allowed before ({before.less_than_asked}), and that did not help."
    cited: tuple[Citation, ...] = tuple(
        citation
        for claim in (verdict.claims if verdict else ())
        for citation in claim.citations[:1]
    )[:_CITATIONS]
    preview = planning.preview_of(action)
    if preview is not None and preview.status is ObservationStatus.OK:
        action = as_previewed(action, preview)
        cited = (*cited, *cite(preview.evidence_id, '"possible":true'))
    return plan_of_one(incident, action, because, cited)


def _nothing(case: Case, why: str) -> Turn:
    return Turn(thought=why, plan=empty_plan(case.incident, why, NAME), reasoner=NAME)


def _family(task_definition: str) -> str:
    found = _REVISION.match(task_definition)
    return found.group("family") if found else task_definition


def _number(task_definition: str) -> int | None:
    found = _REVISION.match(task_definition)
    return int(found.group("revision")) if found else None


def _one_before(task_definition: str) -> str | None:
    number = _number(task_definition)
    return f"{_family(task_definition)}:{number - 1}" if number and number > 1 else None


def _sources_of(queue: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who gives up into a queue."""
    told = queue.get("dead_letters_of")
    return tuple(str(one) for one in told) if isinstance(told, list) else ()
