"""What is believed about a case and why, and what could still be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from itops_core.domain.investigation import (
    Belief,
    Case,
    ToolCall,
)
from itops_core.domain.remediation import ActionStatus
from itops_core.reasoning.offline.beliefs import Hypothesis, Ranking
from itops_core.reasoning.offline.blindness import Blindness
from itops_core.reasoning.offline.board import ELSEWHERE, Board, View
from itops_core.reasoning.offline.choosing import Bar, Mind, next_questions
from itops_core.reasoning.offline.database_questions import database_questions
from itops_core.reasoning.offline.extract_changes import Change, blamed, changed_by
from itops_core.reasoning.offline.extraction import sightings
from itops_core.reasoning.offline.hints import leaning
from itops_core.reasoning.offline.introductions import introductions
from itops_core.reasoning.offline.leads import cheaper, priors
from itops_core.reasoning.offline.library import Fault
from itops_core.reasoning.offline.pipeline_places import blamed_change, faulty_part
from itops_core.reasoning.offline.pipeline_questions import pipeline_questions
from itops_core.reasoning.offline.questions import (
    Question,
    all_questions,
    answered,
    comparison_of,
    identity,
    together,
)
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sightings, merged
from itops_core.reasoning.offline.topology import callees, shares

NAME = "offline"
_TRIED_IN_VAIN = 0.25
_NEIGHBOURS = 8
_AT_ONCE = 4
_TOLD_BY_WORKERS = {
    "log_message_rejected",
    "log_bad_data",
    "log_receipt_expired",
    "log_duplicate",
    "log_consumer_stopped",
    "log_downstream_error",
    "log_downstream_timeout",
    "log_connection_refused",
    "failures_over",
    "failing_calls_over",
}
"""What is said of a queue's messages by those who work on them."""


@dataclass(frozen=True)
class Diagnosis:
    """One look at a case: what is believed, what could not be seen, what is left to ask."""

    case: Case
    bar: Bar

    @cached_property
    def scene(self) -> Scene:
        """The case, ready to be read."""
        return Scene(self.case)

    @cached_property
    def seen(self) -> Sightings:
        """What was seen of the component that the incident names."""
        return self.sights[self.scene.target.name]

    @cached_property
    def scenes(self) -> dict[str, Scene]:
        """The case from the side of each component that was, or could well be, looked at."""
        first = self.scene
        found = {first.target.name: first}
        waiting = [first]
        while waiting and len(found) <= _NEIGHBOURS:
            scene = waiting.pop(0)
            for name in callees(scene):
                if name in first.catalogued:
                    other = Scene(self.case, first.catalogued[name].name)
                    if other.target.name not in found:
                        found[other.target.name] = other
                        waiting.append(other)
        return found

    @cached_property
    def sights(self) -> dict[str, Sightings]:
        """What was seen of each component."""
        found = {name: sightings(scene) for name, scene in self.scenes.items()}
        told = {
            name: [
                one
                for other, seen in found.items()
                if other in scene.target.dependants
                for one in seen.values()
                if one.symptom in _TOLD_BY_WORKERS and one.present
            ]
            for name, scene in self.scenes.items()
            if "queue" in scene.kinds
        }
        return {name: merged((*seen.values(), *told.get(name, ()))) for name, seen in found.items()}

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that this component can have; one whose remedy failed is less likely."""
        tried = _tried_actions(self.case)
        raised = priors(self.case.runbook)
        return tuple(
            _weighted(fault, raised.get(fault.id, 1.0) * (_TRIED_IN_VAIN if in_vain else 1.0))
            for fault in self.scene.library.for_kinds(self.scene.kinds)
            for in_vain in (any(template.name in tried for template in fault.actions[:1]),)
        )

    @cached_property
    def ranking(self) -> Ranking:
        """How likely each fault of each component stands."""
        name, library = self.scene.target.name, self.scene.library
        views = {
            other: View(
                other,
                self.faults if other == name else library.for_kinds(scene.kinds or {"other"}),
                self.sights[other],
                shares(scene),
                scene.kinds,
                bool(scene.target.log_groups or scene.target.places),
            )
            for other, scene in self.scenes.items()
        }
        return Board(views[name], views, library).ranking()

    @cached_property
    def mind(self) -> Mind:
        """What is believed, ready to choose questions by."""
        return Mind(
            self.scene.library,
            self.faults,
            self.seen,
            self.ranking,
            self.bar,
            self.scene.target.name,
            self.sights,
            leaning(self.ranking, self.case.hints),
        )

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question that makes sense here."""
        first = self.scene.target.name
        of_all = (
            replace(
                question,
                about=name,
                core=question.core and name == first,
                cost=question.cost * cheaper(self.case.runbook, question.call.tool),
            )
            for name, scene in self.scenes.items()
            for question in (
                *all_questions(scene),
                *pipeline_questions(scene),
                *database_questions(scene),
            )
            if name == first or scene.target.log_groups or scene.target.places
        )
        return together(of_all)

    def introductions(self) -> tuple[ToolCall, ...]:
        """Return the questions who those are that may well be at fault, and are not known yet."""
        return introductions(self.scene, self.scenes, self.ranking, self.bar)

    @cached_property
    def blind(self) -> tuple[tuple[Question, str], ...]:
        """The sources that should be there and showed nothing, with the reason."""
        answers = answered(self.scene)
        asked = ((one, answers.get(identity(one.call))) for one in self.questions)
        sight = Blindness(self.scene, self.scenes, self.sights)
        reasons = ((one, sight.of(one, seen)) for one, seen in asked if seen is not None)
        return tuple((one, reason) for one, reason in reasons if reason)

    def open_questions(self) -> tuple[Question, ...]:
        """Return what to ask next; nothing where the verdict stands or nothing would help."""
        answers = answered(self.scene)
        left = [one for one in self.questions if identity(one.call) not in answers]
        return next_questions(self.mind, left) or self._needed(left)

    def _needed(self, left: Sequence[Question]) -> tuple[Question, ...]:
        """Return what could show that without which the leader is no verdict, if it is one else."""
        leader = self.ranking.leader
        fault = self.fault_of(leader)
        if fault is None or not self.bar.is_cleared(self.ranking):
            return ()
        seen, target = self.sights.get(leader.component, self.seen), self.scene_of(leader).target
        missing = {name for name in fault.needs if name not in seen}
        workers = set(target.dependants) if missing & _TOLD_BY_WORKERS else set[str]()
        asked = (one for one in left if one.about in {target.name, *workers})
        return tuple(one for one in asked if missing & set(one.reveals))[:_AT_ONCE]

    def comparisons(self, chosen: tuple[Question, ...]) -> tuple[ToolCall, ...]:
        """Return the questions how the logs that are about to be read differ from before."""
        answers = answered(self.scene)
        calls = (comparison_of(self.scenes.get(one.about, self.scene), one.call) for one in chosen)
        return tuple(call for call in calls if call and identity(call) not in answers)

    def beliefs(self) -> tuple[Belief, ...]:
        """Return the leading hypotheses, for the transcript."""
        return tuple(
            Belief(
                component=self.component(one),
                fault=one.fault,
                probability=round(one.probability, 4),
            )
            for one in self.ranking.hypotheses[:5]
        )

    def scene_of(self, hypothesis: Hypothesis) -> Scene:
        """Return the case from the side of the component that is at fault by a hypothesis."""
        return self.scenes.get(hypothesis.component, self.scene)

    def fault_of(self, hypothesis: Hypothesis) -> Fault | None:
        """Return the fault of a hypothesis, as its component has it."""
        for component, fault in reversed(self.ranking.trail(hypothesis)):
            if fault is not None and fault.id == hypothesis.fault:
                return fault
            if component == hypothesis.component and fault is not None:
                break
        return self.scene.library.fault(hypothesis.fault, self.scene_of(hypothesis).kinds)

    def component(self, hypothesis: Hypothesis) -> str:
        """Return who is at fault, by this hypothesis."""
        name = hypothesis.component or self.scene.target.name
        fault = self.fault_of(hypothesis)
        if fault is None or fault.at in ELSEWHERE:
            return name
        return faulty_part(self.scene_of(hypothesis), fault) or name

    def blamed_change(self, fault: Fault) -> Change | None:
        """Return the change that brought a fault, if one did."""
        leader = self.ranking.leader
        scene = self.scene_of(leader)
        seen = self.sights.get(scene.target.name, self.seen)
        found = blamed_change(scene, fault)
        if found is None and fault.blames_change:
            found = changed_by(scene, seen, fault)
        return found or blamed(scene, seen)

    def is_present(self, symptom: str) -> bool:
        """Whether a symptom was seen to be there."""
        return symptom in self.seen and self.seen[symptom].present

    def is_absent(self, symptom: str) -> bool:
        """Whether a symptom was looked for and was not there."""
        return symptom in self.seen and not self.seen[symptom].present


def _weighted(fault: Fault, factor: float) -> Fault:
    return fault if factor == 1.0 else fault.model_copy(update={"prior": fault.prior * factor})


def _tried_actions(case: Case) -> set[str]:
    """Return the actions that were carried out in an earlier round, and so did not help."""
    return {
        record.action.name
        for record in case.incident.actions
        if record.round < case.incident.round
        and record.status in (ActionStatus.DONE, ActionStatus.UNDONE)
    }
