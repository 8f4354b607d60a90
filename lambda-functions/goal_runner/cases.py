"""A run as a case that an agent thinks about, and what of its answer would be delivered."""

import re
from collections.abc import Sequence

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.investigation import Agent, Case, Step
from itops_core.domain.question import Deliverable
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.run import Draft, GoalRun
from itops_core.domain.values import sha256_of
from itops_core.reasoning.offline.chat_names import names_in
from itops_core.reasoning.offline.reading import shortened

_TITLE = 100
_BODY = 7800
_REST = re.compile(
    r"\.\s| at \d{4}-\d\d-| since \d{4}-\d\d-|, last \d{4}-\d\d-|: Threshold Crossed"
)
_NOBODY = "unknown"


def incident_of(run: GoalRun) -> Incident:
    """Return a run as a case; it is stored nowhere."""
    subjects = run.reading.subjects if run.reading else ()
    told = [
        f"The goal: {run.goal}",
        "You only look: what is to be made is made on a person's word.",
    ]
    if run.is_conditional:
        told.append(
            f"A {run.deliverable} is wanted only if needed: say in condition_met whether it is."
        )
    return open_incident(
        run.goal.replace("\n", " ")[:300],
        subjects[0] if subjects else "",
        run.started_at or run.created_at,
        fingerprint=run.case_id,
        description="\n".join(told)[:9000],
        affected_services=subjects,
        detected_by="goal",
        symptom_started_at=run.reading.since if run.reading else None,
    ).model_copy(update={"incident_id": run.case_id})


def case_of(run: GoalRun, transcript: tuple[Step, ...]) -> Case:
    """Return all that may be known when the next step of a run is thought about."""
    return Case(incident=incident_of(run), agent=Agent.CHAT, transcript=transcript)


def is_needed(run: GoalRun, answer: ChatAnswer) -> bool:
    """Whether what the goal wants made is to be made, as far as code can tell."""
    if run.deliverable is Deliverable.ANSWER:
        return False
    if not run.is_conditional:
        return True
    if answer.condition_met is None:
        return bool(answer.evidence and answer.probable_cause)
    return answer.condition_met


def draft_of(run: GoalRun, answer: ChatAnswer, entries: Sequence[CatalogEntry]) -> Draft:
    """Return what would be made of an answer, word for word."""
    service = _service(run, answer, entries)
    parts: dict[str, str] = {
        "kind": run.deliverable.value,
        "service": service,
        "title": _title(run, answer, service),
        "body": _body(run, answer)[:_BODY],
    }
    return Draft.model_validate({**parts, "sha256": sha256_of(parts)})


def _title(run: GoalRun, answer: ChatAnswer, service: str) -> str:
    """Return what is wrong in a few words: neither where it was looked for, nor since when."""
    told = " ".join((answer.summary or run.goal).split())
    if run.reading:
        told = told.partition(f", {run.reading.window}: ")[2] or told
    first = _REST.split(told, maxsplit=1)[0].rstrip(".:, ")
    named = first if service == _NOBODY or service in first else f"{service}: {first}"
    return shortened(named, _TITLE)


def _service(run: GoalRun, answer: ChatAnswer, entries: Sequence[CatalogEntry]) -> str:
    """Return what it is about: the goal's subject, else the first name in the answer."""
    if run.reading and run.reading.subjects:
        return run.reading.subjects[0]
    texts = (answer.summary, answer.probable_cause, *(one.text for one in answer.evidence))
    found = next((named for text in texts if (named := names_in(text, entries).subjects)), None)
    return found[0] if found else _NOBODY


def _body(run: GoalRun, answer: ChatAnswer) -> str:
    lines = [f"Goal: {run.goal}", "", answer.summary]
    if answer.probable_cause:
        lines += ["", f"Probable cause ({answer.confidence:.0%}): {answer.probable_cause}"]
    if answer.evidence:
        lines += ["", "Evidence:"]
        for claim in answer.evidence:
            cited = ", ".join(dict.fromkeys(one.evidence_id for one in claim.citations))
            lines.append(f"- {claim.text} [{cited}]")
    if answer.next_steps:
        lines += ["", "Next steps:", *(f"- {one}" for one in answer.next_steps)]
    return "\n".join([*lines, "", f"From {run.run_id}, evidence under {run.case_id}."])
