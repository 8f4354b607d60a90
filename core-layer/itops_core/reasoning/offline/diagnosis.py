"""What is believed about a case and why, and what could still be asked."""

from dataclasses import dataclass
from functools import cached_property

from itops_core.domain.investigation import (
    Belief,
    Case,
    Observation,
    ObservationStatus,
)
from itops_core.domain.remediation import ActionStatus
from itops_core.reasoning.offline.beliefs import Hypothesis, Ranking, ranked
from itops_core.reasoning.offline.choosing import Bar, Mind, next_questions
from itops_core.reasoning.offline.database_questions import database_questions
from itops_core.reasoning.offline.extract_changes import Change, suspect_change
from itops_core.reasoning.offline.extract_logs import logs_were_seen
from itops_core.reasoning.offline.extraction import sightings
from itops_core.reasoning.offline.library import Fault
from itops_core.reasoning.offline.localisation import failing_dependency
from itops_core.reasoning.offline.pipeline_places import blamed_change, faulty_part
from itops_core.reasoning.offline.pipeline_questions import pipeline_questions
from itops_core.reasoning.offline.questions import (
    Question,
    all_questions,
    answered,
    identity,
    together,
)
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import series_of
from itops_core.reasoning.offline.sightings import Sightings

NAME = "offline"
_TRIED_IN_VAIN = 0.25


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
        """What was seen."""
        return sightings(self.scene)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that this component can have; one whose remedy failed is less likely."""
        tried = _tried_actions(self.case)
        return tuple(
            fault.model_copy(update={"prior": fault.prior * _TRIED_IN_VAIN})
            if any(template.name in tried for template in fault.actions[:1])
            else fault
            for fault in self.scene.library.for_kinds(self.scene.kinds)
        )

    @cached_property
    def ranking(self) -> Ranking:
        """How likely each fault stands."""
        return ranked(self.faults, self.seen, self.scene.library)

    @cached_property
    def mind(self) -> Mind:
        """What is believed, ready to choose questions by."""
        return Mind(self.scene.library, self.faults, self.seen, self.ranking, self.bar)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question that makes sense here."""
        return together(
            (
                *all_questions(self.scene),
                *pipeline_questions(self.scene),
                *database_questions(self.scene),
            )
        )

    @cached_property
    def blind(self) -> tuple[tuple[Question, str], ...]:
        """The sources that should be there and showed nothing, with the reason."""
        answers = answered(self.scene)
        asked = ((one, answers.get(identity(one.call))) for one in self.questions)
        reasons = ((one, self._blindness(one, seen)) for one, seen in asked if seen is not None)
        return tuple((one, reason) for one, reason in reasons if reason)

    def _blindness(self, question: Question, seen: Observation) -> str:
        """Return why a question's source showed nothing, or nothing where it did."""
        if seen.status is ObservationStatus.UNAVAILABLE:
            return seen.message or "out of reach"
        if not question.core:
            return ""
        if seen.status is ObservationStatus.ERROR:
            return seen.message or "refused"
        if question.call.tool == "query_cloudwatch_logs" and not logs_were_seen(self.scene):
            return "the log answered, but has not a single line of that time"
        if question.call.tool == "get_metrics" and not series_of(seen.content).points:
            return f"{question.call.arguments.get('metric')} has no datapoints of that time"
        return _unread_sources(seen)

    def open_questions(self) -> tuple[Question, ...]:
        """Return what to ask next; nothing where the verdict stands or nothing would help."""
        answers = answered(self.scene)
        left = [one for one in self.questions if identity(one.call) not in answers]
        return next_questions(self.mind, left)

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

    def component(self, hypothesis: Hypothesis) -> str:
        """Return who is at fault, by this hypothesis."""
        fault = self.scene.library.fault(hypothesis.fault, self.scene.kinds)
        if fault and fault.at == "dependency":
            return failing_dependency(self.scene)
        return (faulty_part(self.scene, fault) if fault else "") or self.scene.target.name

    def blamed_change(self, fault: Fault) -> Change | None:
        """Return the change that brought a fault, if one did."""
        if not fault.blames_change:
            return None
        return blamed_change(self.scene, fault) or suspect_change(self.scene)

    def is_present(self, symptom: str) -> bool:
        """Whether a symptom was seen to be there."""
        return symptom in self.seen and self.seen[symptom].present

    def is_absent(self, symptom: str) -> bool:
        """Whether a symptom was looked for and was not there."""
        return symptom in self.seen and not self.seen[symptom].present


def _unread_sources(seen: Observation) -> str:
    """Return what an answer says it could not ask itself, where that is the component's record."""
    told = seen.content.get("gaps")
    missing = (
        [str(gap) for gap in told if str(gap).startswith("ecs")] if isinstance(told, list) else []
    )
    return "; ".join(missing)


def _tried_actions(case: Case) -> set[str]:
    """Return the actions that were carried out in an earlier round, and so did not help."""
    return {
        record.action.name
        for record in case.incident.actions
        if record.round < case.incident.round
        and record.status in (ActionStatus.DONE, ActionStatus.UNDONE)
    }
