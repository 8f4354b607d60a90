"""What is kept of an incident for the next time, and how far it is trusted.

A draft is trusted little: nobody has looked at it. A person's grade sets the trust, it does not
add to it, so that the same grade given twice weighs once. Cause and trust of an article that a
person has corrected are the person's.
"""

from datetime import datetime
from typing import Any

from itops_core.domain.catalog import Article, TrustChange
from itops_core.domain.grade import Grade, Mark
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionStatus, VerificationOutcome
from itops_core.tools.redaction import one_line

TRUST_IN_A_DRAFT_PERCENT = 40
TRUST_AFTER = {Mark.RIGHT: 80, Mark.PARTLY: 35, Mark.BARELY: 15, Mark.WRONG: 0}
TRUST_IN_A_PERSON_PERCENT = 60
"""What a person says the cause was, which no probe has confirmed."""


def article_id_of(incident_id: str) -> str:
    """Return the id of the article that an incident leaves behind."""
    return f"KB-{incident_id}"


def draft_of(incident: Incident, at: datetime) -> Article | None:
    """Return what is worth keeping, or `None` where no cause was found."""
    verdict = incident.verdict
    if verdict is None or verdict.root_cause is None:
        return None
    cause = verdict.root_cause
    cited = dict.fromkeys(one.evidence_id for claim in verdict.claims for one in claim.citations)
    return Article(
        article_id=article_id_of(incident.incident_id),
        title=f"{cause.component}: {cause.fault.replace('_', ' ')}",
        services=tuple(dict.fromkeys((incident.service, cause.component))),
        component=cause.component,
        fault=cause.fault,
        symptoms=_symptoms(incident),
        cause=cause.mechanism,
        fix=what_helped(incident),
        body=f"{verdict.summary}\nEvidence: {', '.join(cited)}" if cited else verdict.summary,
        trust_percent=TRUST_IN_A_DRAFT_PERCENT,
        source_incident=incident.incident_id,
        learned_at=at,
    )


def weighed_by(grade: Grade, incident: Incident, known: Article | None) -> Article | None:
    """Return the article as a person's grade leaves it, or `None` where there is nothing to keep.

    Where the verdict was not right, or named no cause, the cause that the person names takes its
    place; the remedy of another cause is then no remedy.
    """
    at, kept = grade.graded_at, _kept_of(known)
    named = incident.verdict is not None and incident.verdict.root_cause is not None
    if grade.cause_was and (grade.mark is not Mark.RIGHT or not named):
        told = Article(
            article_id=article_id_of(incident.incident_id),
            title=one_line(f"{incident.service}: {grade.cause_was}")[:300],
            services=tuple(dict.fromkeys((incident.service, *incident.affected_services))),
            symptoms=_symptoms(incident),
            cause=grade.cause_was,
            body=f"The cause as {grade.graded_by} tells it; the agents thought otherwise.",
            trust_percent=known.trust_percent if known else 0,
            source_incident=incident.incident_id,
            learned_at=at,
            **kept,
        )
        return told.trusted(_moved(grade, incident, told, TRUST_IN_A_PERSON_PERCENT))
    article = known
    if grade.mark is Mark.RIGHT and (known is None or _tells_another_cause(known)):
        drafted = draft_of(incident, at)
        trusted = {"trust_percent": known.trust_percent} if known else {}
        article = drafted.model_copy(update={**kept, **trusted}) if drafted else known
    if article is None:
        return None
    weighed = article.trusted(_moved(grade, incident, article, TRUST_AFTER[grade.mark]))
    return weighed.model_copy(update={"learned_at": at})


def _tells_another_cause(article: Article) -> bool:
    """Whether it holds what a person said in the verdict's place: of no fault in the library."""
    return not article.fault


def _kept_of(known: Article | None) -> dict[str, Any]:
    """Return what outlives a new text: its place, its past, and that people withdrew it."""
    names = ("version", "withdrawn", "trust_history")
    return {name: getattr(known, name) for name in names} if known else {}


def _moved(grade: Grade, incident: Incident, article: Article, percent: int) -> TrustChange:
    return TrustChange(
        at=grade.graded_at,
        was_percent=article.trust_percent,
        percent=percent,
        by=grade.graded_by,
        why=f"graded {grade.mark}",
        incident_id=incident.incident_id,
    )


def what_helped(incident: Incident) -> str:
    """Return the actions of the last round as one would say them; empty where nobody knows.

    That it was done is no sign that it helped: it takes a measurement, or a person's word.
    """
    if not _is_known_to_have_helped(incident):
        return ""
    said: list[str] = []
    for record in incident.actions:
        if record.status is ActionStatus.DONE and record.round == incident.round:
            given = ", ".join(f"{k}={v}" for k, v in record.action.parameters.items())
            said.append(f"{record.action.name}({given})")
    return "; ".join(said)


def _is_known_to_have_helped(incident: Incident) -> bool:
    measured = incident.effect_in(incident.round)
    if measured is VerificationOutcome.UNKNOWN:
        return incident.grade is not None and incident.grade.mark is Mark.RIGHT
    return measured is VerificationOutcome.RECOVERED


def _symptoms(incident: Incident) -> str:
    alarm = incident.alarm
    told = [incident.title, incident.description, alarm.metric if alarm else ""]
    return "\n".join(filter(None, told))
