"""Root cause analysis without a model: believe, look where it separates most, conclude."""

import re
from dataclasses import dataclass
from functools import cached_property

from itops_core.domain.investigation import (
    Belief,
    Case,
    Observation,
    ObservationStatus,
    ToolCall,
    Turn,
)
from itops_core.domain.remediation import ActionStatus
from itops_core.domain.verdict import Gap, Rival, RootCause, Verdict, VerdictOutcome
from itops_core.reasoning.forced import gaps as unavailable_sources
from itops_core.reasoning.offline.beliefs import UNKNOWN, Hypothesis, Ranking, ranked
from itops_core.reasoning.offline.choosing import Bar, Mind, next_questions
from itops_core.reasoning.offline.extract_changes import suspect_change
from itops_core.reasoning.offline.extract_logs import families_of, log_lines, logs_were_seen
from itops_core.reasoning.offline.extraction import sightings
from itops_core.reasoning.offline.library import Fault
from itops_core.reasoning.offline.questions import (
    Question,
    all_questions,
    answered,
    catalog_question,
    identity,
)
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import series_of
from itops_core.reasoning.offline.sightings import Sightings
from itops_core.reasoning.offline.words import claims, percent, ruled_out_by, sentence, title

NAME = "offline"
_TRIED_IN_VAIN = 0.25
_BLIND_FACTOR = 0.9
_DOUBT_TOO_MUCH = 0.1
"""Of the probability: so much may lie with rivals that only an unseen source would show."""
_CLAIMS = 5
_RIVALS = 3
_DEPENDENCY_FAMILIES = {
    "log_connection_refused",
    "log_downstream_timeout",
    "log_downstream_error",
    "log_throttled",
}
_SOUND = ("symptom_persists", "alarm_active")
_HEALTH = (
    "symptom_persists",
    "alarm_active",
    "below_desired",
    "errors_logged",
    "errors_up",
    "latency_up",
    "cpu_high",
    "memory_high",
)


@dataclass(frozen=True)
class Diagnosis:
    """One look at a case: what is believed, what is left to ask, what to conclude."""

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
        return all_questions(self.scene)

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
        fault = self.scene.library.fault(hypothesis.fault)
        name = self.scene.target.name
        return _dependency(self.scene) if fault and fault.at == "dependency" else name

    def verdict(self) -> Verdict:
        """Return the conclusion from what was seen."""
        leader = self.ranking.leader
        fault = self.scene.library.fault(leader.fault)
        doubt = self._doubt(leader, fault)
        if fault is None or doubt:
            return self._unresolved(doubt)
        confidence = leader.probability * (_BLIND_FACTOR if self.blind else 1.0)
        return self._healthy(confidence) if fault.is_healthy else self._found(fault, confidence)

    def _doubt(self, leader: Hypothesis, fault: Fault | None) -> str:
        """Return why the leader is no verdict, or nothing."""
        if fault is None or not self.bar.is_cleared(self.ranking):
            return "no explanation stands out"
        missing = [name for name in fault.needs if not self._is_present(name)]
        if missing:
            says = self.scene.library.symptoms[missing[0]].says
            return f"it would take this, which was not seen: {says}".format(
                component=self.scene.target.name
            )
        if fault.is_healthy and self.scene.alarm is not None and not self._sounds_over():
            return "nothing shows that the symptom is over"
        if not leader.favour:
            return "nothing that was seen speaks for it"
        hidden = [name for question, _ in self.blind for name in question.reveals]
        if self.mind.hidden_doubt(hidden) >= _DOUBT_TOO_MUCH:
            sources = ", ".join(sorted({question.source for question, _ in self.blind}))
            return f"what could not be seen ({sources}) might tell otherwise"
        return ""

    def _is_present(self, symptom: str) -> bool:
        return symptom in self.seen and self.seen[symptom].present

    def _sounds_over(self) -> bool:
        return any(name in self.seen and not self.seen[name].present for name in _SOUND)

    def _found(self, fault: Fault, confidence: float) -> Verdict:
        leader, library = self.ranking.leader, self.scene.library
        component = self.component(leader)
        names = [weight.symptom for weight in leader.favour if weight.present]
        proof = claims(library, self.seen, names, self.scene.target.name)[:_CLAIMS]
        mechanism = fault.mechanism.format(component=component)
        told = " ".join(
            library.symptoms[one].says.format(component=self.scene.target.name) for one in names[:2]
        )
        change = suspect_change(self.scene) if fault.blames_change else None
        return Verdict(
            outcome=VerdictOutcome.FOUND,
            root_cause=RootCause(component=component, fault=fault.id, mechanism=mechanism),
            confidence=round(confidence, 4),
            summary=f"{fault.title} ({percent(confidence)}). {mechanism} {told}".strip(),
            claims=proof,
            rivals=self._rivals(),
            gaps=self.gaps(),
            blast_radius=self._blast_radius(),
            began_at=self.scene.onset,
            change_id=(change.change_id or None) if change else None,
            reasoner=NAME,
        )

    def _healthy(self, confidence: float) -> Verdict:
        library, name = self.scene.library, self.scene.target.name
        absent = [one for one in _HEALTH if one in self.seen and not self.seen[one].present]
        proof = claims(library, self.seen, absent, name)[:_CLAIMS]
        told = " ".join(claim.text for claim in proof[:3])
        return Verdict(
            outcome=VerdictOutcome.HEALTHY,
            confidence=round(confidence, 4),
            summary=f"Nothing is wrong with {name} now ({percent(confidence)}). {told}",
            claims=proof,
            rivals=self._rivals(),
            gaps=self.gaps(),
            began_at=self.scene.onset,
            reasoner=NAME,
        )

    def _unresolved(self, doubt: str) -> Verdict:
        library, name = self.scene.library, self.scene.target.name
        suspects = self._suspects()
        told = "; ".join(
            f"{title(library, one.fault)} {percent(one.probability)}" for one in suspects
        )
        present = [key for key, one in self.seen.items() if one.present and one.strength > 0.5]
        weights = {key: -library.symptoms[key].usual for key in present}
        present.sort(key=lambda key: weights[key], reverse=True)
        gaps = self.gaps()
        blind = "".join(f" Could not be seen: {gap.source} ({gap.reason[:200]})." for gap in gaps)
        return Verdict(
            outcome=VerdictOutcome.UNRESOLVED,
            confidence=round(suspects[0].probability if suspects else 0.0, 4),
            summary=f"The cause at {name} is not established: {doubt or 'unknown'}. "
            f"Suspects: {told or 'none'}.{blind}",
            claims=claims(library, self.seen, present, name)[:_CLAIMS],
            rivals=tuple(self._rival(one) for one in suspects),
            gaps=gaps,
            blast_radius=self._blast_radius(),
            began_at=self.scene.onset,
            reasoner=NAME,
        )

    def _suspects(self) -> list[Hypothesis]:
        known = [one for one in self.ranking.hypotheses if one.fault != UNKNOWN]
        return [one for one in known if one.probability >= 0.02][:5] or known[:2]

    def _rivals(self) -> tuple[Rival, ...]:
        others = self.ranking.hypotheses[1 : 1 + _RIVALS]
        return tuple(self._rival(one) for one in others)

    def _rival(self, hypothesis: Hypothesis) -> Rival:
        against = ruled_out_by(self.scene.library, hypothesis, self.scene.target.name)
        return Rival(
            component=self.component(hypothesis),
            fault=hypothesis.fault,
            confidence=round(hypothesis.probability, 4),
            ruled_out_by=against,
        )

    def gaps(self) -> tuple[Gap, ...]:
        """Return what could not be seen."""
        found = {gap.source: gap.reason for gap in unavailable_sources(self.case.observations)}
        for question, reason in self.blind:
            found.setdefault(question.source, reason)
        if not self.scene.target.is_catalogued and self.scene.catalog_refusal:
            found.setdefault("incident.get_catalog_entry", self.scene.catalog_refusal)
        return tuple(Gap(source=source, reason=reason[:500]) for source, reason in found.items())

    def _blast_radius(self) -> tuple[str, ...]:
        """Return who feels it: the component, those who lean on it, and whom people named."""
        target = self.scene.target
        named = self.scene.incident.affected_services
        return tuple(dict.fromkeys((target.name, *target.dependants, *named)))


def diagnose(case: Case, bar: Bar) -> Turn:
    """Return the next questions about the root cause, or the verdict."""
    diagnosis = Diagnosis(case, bar)
    calls: tuple[ToolCall, ...] = ()
    if not case.must_answer:
        opening = catalog_question(diagnosis.scene)
        chosen = diagnosis.open_questions()
        calls = tuple(one.call for one in ((opening,) if opening else ()) + chosen)
    if calls:
        return Turn(
            thought=_thought(diagnosis, calls),
            calls=calls,
            beliefs=diagnosis.beliefs(),
            reasoner=NAME,
        )
    verdict = diagnosis.verdict()
    return Turn(
        thought=verdict.summary, verdict=verdict, beliefs=diagnosis.beliefs(), reasoner=NAME
    )


def _thought(diagnosis: Diagnosis, calls: tuple[ToolCall, ...]) -> str:
    library = diagnosis.scene.library
    leaders = ", ".join(
        f"{title(library, one.fault)} {percent(one.probability)}"
        for one in diagnosis.ranking.hypotheses[:3]
    )
    telling = [one for one in diagnosis.seen.values() if one.present and one.strength > 0.5]
    telling.sort(key=lambda one: library.symptoms[one.symptom].usual)
    seen = " ".join(sentence(library, one, diagnosis.scene.target.name) for one in telling[:2])
    asks = ", ".join(dict.fromkeys(call.tool for call in calls))
    return (
        f"{seen or 'Nothing telling was seen yet.'} Leading: {leaders}. To tell them apart: {asks}."
    )


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


def _dependency(scene: Scene) -> str:
    """Return the dependency that failing calls name most, as the catalog calls it."""
    words = " ".join(
        line.message
        for line in log_lines(scene)
        if _DEPENDENCY_FAMILIES & set(families_of(line, scene.library.families))
    )
    names = scene.target.depends_on
    counts = {
        name: len(re.findall(rf"(?<![\w-]){re.escape(name)}", words, re.IGNORECASE))
        for name in names
    }
    named = max(counts, key=lambda name: counts[name], default=None)
    if named and (counts[named] or len(names) == 1):
        return named
    return f"a dependency of {scene.target.name}"
