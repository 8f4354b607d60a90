"""A person's mark on a verdict: it stands on the incident, on record, and moves trust."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.audit_events import Witness, graded, unwitnessed
from itops_core.domain.catalog import Article
from itops_core.domain.grade import PERCENT, Grade, Mark
from itops_core.domain.incident import Incident
from itops_core.domain.people import Caller
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.workflow.events import timeline_event
from itops_core.workflow.learning import article_id_of, weighed_by

_NAMES_A_CAUSE = (Mark.RIGHT, Mark.PARTLY)


def no_record(_incident: Incident) -> None:
    """Keep no record: for rehearsals, in which nothing real is done."""


@dataclass(frozen=True)
class Grader:
    """Takes marks. The last one counts; the same one given twice changes nothing."""

    incidents: IncidentStore
    knowledge: KnowledgeStore
    now: Callable[[], datetime] = utc_now
    witness: Witness = unwitnessed
    weigh: Callable[[Incident], object] = no_record
    """Puts what it makes of the actions on their record."""

    def grade(self, incident_id: str, caller: Caller, mark: Mark, cause_was: str = "") -> Incident:
        """Mark an incident's verdict, or raise `ConflictError` where there is none to mark yet.

        One that names no cause is not right about it, nor partly, unless the person says how.
        """
        given = Grade(
            mark=mark,
            percent=PERCENT[mark],
            cause_was=cause_was,
            graded_by=caller.name,
            graded_at=self.now(),
        )

        def marked(incident: Incident) -> Incident:
            if not incident.is_over or incident.verdict is None:
                why = "has no verdict" if incident.is_over else f"is {incident.status} still"
                raise ConflictError(f"{incident_id} {why}: there is nothing to grade")
            if mark in _NAMES_A_CAUSE and not cause_was and _names_none(incident.verdict):
                raise ConflictError(
                    f"the verdict on {incident_id} names no cause, so it cannot be {mark} about "
                    "it: say what it was (--cause-was, cause_was), or grade it wrong"
                )
            if incident.grade is not None and _same(incident.grade, given):
                return incident
            return incident.changed(given.graded_at, grade=given)

        incident = self.incidents.update(incident_id, marked)
        grade = incident.grade or given
        self.witness(graded(incident, grade))
        self._tell(incident, grade)
        self._move_trust(incident, grade)
        self.weigh(incident)
        return incident

    def _tell(self, incident: Incident, grade: Grade) -> None:
        was = f"; it was: {grade.cause_was}" if grade.cause_was else ""
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "grade",
                f"{grade.graded_by} found the verdict {grade.mark} ({grade.percent} %){was}",
                grade.graded_at,
                actor=grade.graded_by,
                key=grade.graded_at,
            )
        )

    def _move_trust(self, incident: Incident, grade: Grade) -> None:
        def weighed(known: Article) -> Article:
            return weighed_by(grade, incident, known) or known

        try:
            self.knowledge.change(article_id_of(incident.incident_id), weighed)
        except NotFoundError:
            article = weighed_by(grade, incident, None)
            if article is not None:
                self.knowledge.add(article)


def _names_none(verdict: Verdict) -> bool:
    return verdict.outcome is VerdictOutcome.UNRESOLVED


def _same(one: Grade, other: Grade) -> bool:
    return one.model_copy(update={"graded_at": other.graded_at}) == other
