"""What is remembered when work on an incident begins: hints from incidents and articles before.

Found by code, by alarm, service, fault and words. What was graded wrong is not remembered; how far
the rest is trusted follows from what became of it and from how long ago that was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.catalog import Article
from itops_core.domain.grade import Mark
from itops_core.domain.incident import Incident, Status
from itops_core.domain.past import Earlier, Hint
from itops_core.domain.remediation import ActionStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import VerdictOutcome
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore, faded, ranked, trust_in
from itops_core.stores.likeness import Likeness, similar_to
from itops_core.tools.redaction import plain_text, redacted_text
from itops_core.workflow.learning import (
    TRUST_AFTER,
    TRUST_IN_A_DRAFT_PERCENT,
    TRUST_IN_A_PERSON_PERCENT,
    what_helped,
)

_AMONG = 100
_PAGE = 50
_EARLIER = 20
_OF_A_KIND = 3
_LEAST_ALIKE = 3.0
"""Of the score of a past incident: the same service and some of the words, or the same alarm."""
_TITLE, _CAUSE, _FIX, _SHARED = 160, 300, 160, 4
_TRUST_IN_RECOVERY_PERCENT = 60
_ACTED = {ActionStatus.DONE, ActionStatus.UNDONE}
_LESS_THAN_RIGHT = {Mark.PARTLY, Mark.BARELY, Mark.WRONG}


@dataclass(frozen=True)
class Recollection:
    """Remembers, by code alone."""

    incidents: IncidentStore
    knowledge: KnowledgeStore

    def others(self, incident: Incident) -> tuple[Incident, ...]:
        """Return the newest incidents, and those before them that the same alarm opened."""
        found: dict[str, Incident] = {}
        cursor: str | None = None
        while len(found) < _AMONG:
            page = self.incidents.list(limit=_PAGE, cursor=cursor)
            found.update((one.incident_id, one) for one in page.items)
            cursor = page.cursor
            if cursor is None:
                break
        same = self.incidents.latest_with_fingerprint(incident.fingerprint, _EARLIER)
        found.update((one.incident_id, one) for one in same)
        found.pop(incident.incident_id, None)
        return tuple(found.values())

    def hints(self, incident: Incident, others: Sequence[Incident]) -> tuple[Hint, ...]:
        """Return what looks like `incident`: past incidents first, then articles."""
        known = [one for one in similar_past(incident, others) if one.score >= _LEAST_ALIKE]
        told = [hint_of(one, incident.opened_at) for one in known]
        kept = [one for one in told if one.cause and one.trust_percent][:_OF_A_KIND]
        told_of = {one.source_id for one in kept}
        known_articles = self.knowledge.list("article")
        articles = (
            (article, score)
            for article, score in ranked(known_articles, _asked(incident), [incident.service])
            if article.source_incident not in told_of and incident.service in article.services
        )
        return (*kept, *(_hint_of_article(*one, incident.opened_at) for one in _first(articles)))


def similar_past(incident: Incident, others: Iterable[Incident]) -> list[Likeness]:
    """Return the incidents that are over and like this one, the most alike first."""
    return similar_to(incident, [one for one in others if _is_past(one)])


def earlier_of(incident: Incident, others: Iterable[Incident]) -> tuple[Incident, ...]:
    """Return past incidents of this service and alarm whose verdict stands, newest first."""
    same = [one for one in others if _is_past(one) and _is_again(incident, one) and _stands(one)]
    return tuple(sorted(same, key=lambda one: one.opened_at, reverse=True)[:_EARLIER])


def is_worked_on(incident: Incident, others: Iterable[Incident]) -> bool:
    """Whether another incident of the same service is open: this may be the same one."""
    return any(
        not one.is_over and incident.service in (one.service, *one.affected_services)
        for one in others
    )


def taken_down(one: Incident) -> Earlier:
    """Return what is kept of an earlier incident."""
    verdict = one.verdict
    cause = verdict.root_cause if verdict else None
    return Earlier(
        incident_id=one.incident_id,
        opened_at=one.opened_at,
        outcome=verdict.outcome if verdict else VerdictOutcome.UNRESOLVED,
        component=cause.component if cause else "",
        fault=cause.fault if cause else "",
    )


def hint_of(alike: Likeness, at: datetime | None = None) -> Hint:
    """Return a past incident as a hint, trusted as far as it is at that moment, or by now."""
    one = alike.incident
    cause = one.verdict.root_cause if one.verdict else None
    corrected = one.grade.cause_was if one.grade and one.grade.mark in _LESS_THAN_RIGHT else ""
    known: dict[str, Any] = {"component": cause.component, "fault": cause.fault} if cause else {}
    return Hint(
        kind="incident",
        source_id=one.incident_id,
        title=_plain(one.title, _TITLE),
        score=alike.score,
        shared=tuple(_plain(told, _TITLE) for told in alike.shared[:_SHARED]),
        trust_percent=round(faded(_trust_in(one), one.closed_at, at or utc_now())),
        cause=_plain(corrected or (cause.mechanism if cause else ""), _CAUSE),
        fix="" if corrected else _plain(what_helped(one), _FIX),
        at=one.opened_at,
        **({} if corrected else known),
    )


def _hint_of_article(article: Article, score: float, at: datetime) -> Hint:
    return Hint(
        kind="article",
        source_id=article.article_id[:200],
        title=_plain(article.title, _TITLE),
        score=score,
        trust_percent=round(trust_in(article, at)),
        component=_plain(article.component, _TITLE),
        fault=_plain(article.fault, _TITLE),
        cause=_plain(article.cause, _CAUSE),
        fix=_plain(article.fix, _FIX),
        at=article.learned_at,
    )


def _is_past(one: Incident) -> bool:
    return one.is_over and one.status is not Status.DUPLICATE and one.verdict is not None


def _is_again(incident: Incident, one: Incident) -> bool:
    """Whether the same thing was reported of the same service: the alarm, or the very words."""
    if incident.service != one.service or one.opened_at > incident.opened_at:
        return False
    if incident.alarm is None or one.alarm is None:
        return incident.alarm is one.alarm and incident.title.casefold() == one.title.casefold()
    return incident.alarm.fingerprint == one.alarm.fingerprint


def _stands(one: Incident) -> bool:
    """Whether nobody and nothing spoke against a verdict: neither a person nor its own remedy."""
    if one.grade is not None and one.grade.mark in _LESS_THAN_RIGHT:
        return False
    in_vain = any(record.status in _ACTED for record in one.actions)
    return one.status in (Status.RESOLVED, Status.CLOSED) or not in_vain


def _trust_in(one: Incident) -> float:
    if one.grade is not None:
        is_told = one.grade.cause_was and one.grade.mark in _LESS_THAN_RIGHT
        return TRUST_IN_A_PERSON_PERCENT if is_told else TRUST_AFTER[one.grade.mark]
    recovered = one.status is Status.RESOLVED and bool(what_helped(one))
    return _TRUST_IN_RECOVERY_PERCENT if recovered else TRUST_IN_A_DRAFT_PERCENT


def _asked(incident: Incident) -> str:
    metric = incident.alarm.metric if incident.alarm else ""
    return f"{incident.title} {incident.description[:300]} {metric}"[:500]


def _first(found: Iterable[tuple[Article, float]]) -> list[tuple[Article, float]]:
    return list(found)[:_OF_A_KIND]


def _plain(text: str, characters: int) -> str:
    return redacted_text(plain_text(text))[:characters]
