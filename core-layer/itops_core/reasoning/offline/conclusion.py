"""What an investigation without a model concludes, and how it says so."""

from dataclasses import dataclass

from itops_core.domain.verdict import Gap, Rival, RootCause, Verdict, VerdictOutcome
from itops_core.reasoning.forced import gaps as unavailable_sources
from itops_core.reasoning.offline.beliefs import UNKNOWN, Hypothesis, Ranking
from itops_core.reasoning.offline.change_verdict import FAULT, Standing, standing_change
from itops_core.reasoning.offline.diagnosis import NAME, Diagnosis
from itops_core.reasoning.offline.library import Fault, Library
from itops_core.reasoning.offline.reading import shortened
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sightings
from itops_core.reasoning.offline.words import claims, percent, plainly, ruled_out_by, title

_BLIND_FACTOR = 0.9
_DOUBT_TOO_MUCH = 0.1
"""Of the probability: so much may lie with rivals that only an unseen source would show."""
_CLAIMS = 5
_RIVALS = 3
_EXPLAINS_LESS = "explains less of what was seen"
_STILL_OPEN = "nothing that was looked at speaks against it"
_SOUND = ("symptom_persists", "alarm_active")
_CLEAR = 0.4
_ON_RECORD = (
    "tasks_crashed",
    "tasks_oom_killed",
    "tasks_failed_health",
    "change_near",
    "settings_changed",
    "resources_lowered",
    "errors_follow_change",
    "traffic_up",
    "traffic_down",
)
"""What may be seen although nothing is wrong any more."""
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
class Conclusion:
    """The verdict on a diagnosis."""

    diagnosis: Diagnosis

    @property
    def scene(self) -> Scene:
        """The case, ready to be read."""
        return self.diagnosis.scene

    @property
    def seen(self) -> Sightings:
        """What was seen."""
        return self.diagnosis.seen

    @property
    def ranking(self) -> Ranking:
        """How likely each fault stands."""
        return self.diagnosis.ranking

    @property
    def library(self) -> Library:
        """The fault library."""
        return self.scene.library

    @property
    def name(self) -> str:
        """The component in question."""
        return self.scene.target.name

    def verdict(self) -> Verdict:
        """Return the conclusion from what was seen."""
        leader = self.ranking.leader
        fault = self.diagnosis.fault_of(leader)
        doubt = self._doubt(leader, fault)
        if fault is None or doubt:
            standing = standing_change(self.diagnosis)
            return self._by_change(standing) if standing else self._unresolved(doubt)
        confidence = leader.probability * (_BLIND_FACTOR if self.diagnosis.blind else 1.0)
        return self._healthy(confidence) if fault.is_healthy else self._found(fault, confidence)

    def _doubt(self, leader: Hypothesis, fault: Fault | None) -> str:
        """Return why the leader is no verdict, or nothing."""
        if fault is None or not self.diagnosis.bar.is_cleared(self.ranking):
            return "no explanation stands out"
        seen = self.diagnosis.sights.get(leader.component, self.seen)
        missing = [name for name in fault.needs if name not in seen or not seen[name].present]
        if missing:
            says = self.library.symptoms[missing[0]].says
            told = says.format(component=leader.component or self.name)
            return f"it would take this, which was not seen: {told}"
        if fault.is_healthy and self.scene.alarm is not None and not self._sounds_over():
            return "nothing shows that the symptom is over"
        is_over = not fault.is_healthy and self.scene.alarm is None and not self._shows_now()
        if is_over or not leader.favour:
            return "nothing that was seen " + ("is wrong now" if is_over else "speaks for it")
        mind = self.diagnosis.mind
        hidden = max(
            (
                mind.looking_at(question.about).hidden_doubt(question.reveals)
                for question, _ in self.diagnosis.blind
            ),
            default=0.0,
        )
        if hidden >= _DOUBT_TOO_MUCH:
            sources = ", ".join(sorted({question.source for question, _ in self.diagnosis.blind}))
            return f"what could not be seen ({sources}) might tell otherwise"
        return ""

    def _shows_now(self) -> bool:
        """Whether anything is wrong at this moment: what was on record before is no symptom."""
        return any(
            one.present and one.strength >= _CLEAR and not one.wording
            for seen in self.diagnosis.sights.values()
            for name, one in seen.items()
            if name not in _ON_RECORD
        )

    def _sounds_over(self) -> bool:
        return any(self.diagnosis.is_absent(name) for name in _SOUND)

    def _found(self, fault: Fault, confidence: float) -> Verdict:
        leader, library = self.ranking.leader, self.library
        component = self.diagnosis.component(leader)
        shown = [
            (weight.component or self.name, self._seen_at(weight.component)[weight.symptom])
            for weight in leader.favour
            if weight.present
        ]
        proof = tuple(
            claim
            for name, sighting in shown
            for claim in claims(library, {sighting.symptom: sighting}, [sighting.symptom], name)
        )[:_CLAIMS]
        mechanism = fault.mechanism.format(component=component)
        told = " ".join(plainly(library, sighting, name) for name, sighting in shown[:2])
        change = self.diagnosis.blamed_change(fault)
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

    def _by_change(self, standing: Standing) -> Verdict:
        """Return that a change did it, where what it broke has no name of its own."""
        library, name = self.library, standing.component
        seen = self._seen_at(name)
        present = [key for key, one in seen.items() if one.present and one.strength > _CLEAR]
        present.sort(key=lambda key: library.symptoms[key].usual)
        fault = library.fault(FAULT)
        title = fault.title if fault else "A change"
        mechanism = fault.mechanism.format(component=name) if fault else ""
        sure = standing.confidence * (_BLIND_FACTOR if self.diagnosis.blind else 1.0)
        return Verdict(
            outcome=VerdictOutcome.FOUND,
            root_cause=RootCause(component=name, fault=FAULT, mechanism=mechanism),
            confidence=round(sure, 4),
            summary=f"{title} ({percent(sure)}). {mechanism} "
            f"{shortened(standing.change.text, 240)}: "
            f"{shortened(standing.judgement.reason, 1000)}.",
            claims=claims(library, seen, present, name)[:_CLAIMS],
            rivals=tuple(self._rival(one) for one in self._suspects()[:_RIVALS]),
            gaps=self.gaps(),
            blast_radius=self._blast_radius(),
            began_at=self.scene.onset,
            change_id=standing.change.change_id or None,
            reasoner=NAME,
        )

    def _seen_at(self, component: str) -> Sightings:
        return self.diagnosis.sights.get(component, self.seen)

    def _healthy(self, confidence: float) -> Verdict:
        library, name = self.library, self.name
        absent = [one for one in _HEALTH if self.diagnosis.is_absent(one)]
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
        library, name = self.library, self.name
        suspects = self._suspects()
        told = "; ".join(
            f"{title(library, one.fault)} {percent(one.probability)}"
            + (f" at {one.component}" if one.component not in ("", name) else "")
            for one in suspects
        )
        present = [key for key, one in self.seen.items() if one.present and one.strength > 0.5]
        present.sort(key=lambda key: library.symptoms[key].usual)
        gaps = self.gaps()
        blind = "".join(
            f" Could not be seen: {gap.source} ({shortened(gap.reason, 240)})." for gap in gaps
        )
        return Verdict(
            outcome=VerdictOutcome.UNRESOLVED,
            confidence=round(suspects[0].probability if suspects else 0.0, 4),
            summary=f"The cause at {name} is not established: {doubt or 'unknown'}. "
            f"Suspects: {told or 'none'}.{blind}",
            claims=claims(library, self.seen, present, name)[:_CLAIMS],
            rivals=tuple(self._suspect(one) for one in suspects),
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

    def _rival(self, hypothesis: Hypothesis, otherwise: str = _EXPLAINS_LESS) -> Rival:
        name = hypothesis.component or self.name
        against = ruled_out_by(self.library, hypothesis, name, otherwise)
        return Rival(
            component=self.diagnosis.component(hypothesis),
            fault=hypothesis.fault,
            confidence=round(hypothesis.probability, 4),
            ruled_out_by=against,
            refuted=any(not one.present for one in hypothesis.against)
            and hypothesis.fault != UNKNOWN,
        )

    def _suspect(self, hypothesis: Hypothesis) -> Rival:
        """Return a rival that is suspected still, so not refuted, whatever speaks against it."""
        rival = self._rival(hypothesis, _STILL_OPEN)
        return rival.model_copy(update={"refuted": False})

    def gaps(self) -> tuple[Gap, ...]:
        """Return what could not be seen."""
        found = {
            gap.source: gap.reason for gap in unavailable_sources(self.diagnosis.case.observations)
        }
        for question, reason in self.diagnosis.blind:
            found.setdefault(question.source, reason)
        if not self.scene.target.is_catalogued and self.scene.catalog_refusal:
            found.setdefault("incident.get_catalog_entry", self.scene.catalog_refusal)
        return tuple(
            Gap(source=source, reason=shortened(reason, 500)) for source, reason in found.items()
        )

    def _blast_radius(self) -> tuple[str, ...]:
        """Return who feels it: the component, those who lean on it, and whom people named."""
        target = self.scene.target
        trail = self.ranking.trail(self.ranking.leader)
        known = self.scene.catalogued
        through = [name for name, _ in trail if name in known]
        leaning = [one for name in through for one in known[name].dependants]
        named = self.scene.incident.affected_services
        return tuple(
            dict.fromkeys((target.name, *reversed(through), *target.dependants, *leaning, *named))
        )
