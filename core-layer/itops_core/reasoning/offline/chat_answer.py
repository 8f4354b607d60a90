"""The answer to a question in its four parts, from what was seen alone."""

from itops_core.domain.evidence import Claim
from itops_core.domain.investigation import ObservationStatus
from itops_core.domain.question import Deliverable, Intent, Reading, Unread
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.verdict import Gap
from itops_core.reasoning.offline.chat_fact import Fact
from itops_core.reasoning.offline.chat_facts import facts_of
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.diagnosis import NAME

TROUBLE_AT = 0.5
"""From here on something is wrong enough to tell of it as such, and to act upon."""

_MOST_CLAIMS = 12
_MOST_STEPS = 6
_MOST_FINE = 4
_CAN_ANSWER = (
    "why did NAME fail? · what is wrong with NAME?",
    "errors of the last 6 hours · database timeouts in the last 5 hours",
    "are failures increasing? · are failures of NAME increasing?",
    "what changed? · what changed in NAME since yesterday?",
    "do NAME and NAME share a cause? · is NAME ok?",
)


def composed(scope: Scope) -> ChatAnswer:
    """Return what is known of the question, in its four parts."""
    facts = facts_of(scope)
    trouble = [fact for fact in facts if _is_meant(fact, scope)]
    ordered = sorted(_without_repeats(facts), key=lambda fact: fact.rank, reverse=True)
    tells_cause = scope.reading.intent in (Intent.WHY, Intent.ERRORS, Intent.SHARED, Intent.STATUS)
    cause = _cause(scope, facts, trouble) if tells_cause else None
    return ChatAnswer(
        summary=_summary(scope, facts, trouble),
        evidence=tuple(
            Claim(text=one.text, citations=one.citations) for one in ordered[:_MOST_CLAIMS]
        ),
        probable_cause=cause.cause if cause else "",
        confidence=_confidence(scope, facts, cause),
        next_steps=_steps(scope, facts, trouble),
        gaps=_gaps(scope),
        condition_met=bool(_lasting(trouble)) if scope.reading.is_conditional else None,
        reasoner=NAME,
    )


def not_understood(unread: Unread) -> ChatAnswer:
    """Return what is said where a question could not be read: nothing but what can be asked."""
    return ChatAnswer(
        summary=unread.why,
        probable_cause="",
        confidence=0.0,
        next_steps=tuple(f"Ask: {one}" for one in _CAN_ANSWER),
        reasoner=NAME,
    )


def _is_meant(fact: Fact, scope: Scope) -> bool:
    """Whether it is trouble of the kind that was asked about."""
    on_topic = fact.is_on_topic or not scope.reading.topics
    return on_topic and fact.trouble >= TROUBLE_AT


def _worst(facts: list[Fact]) -> Fact | None:
    """Return what answers first: of what lasts, the very thing asked for, then what weighs most."""
    return max(facts, key=lambda one: (not one.is_over, one.has_words, one.weight), default=None)


def _lasting(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if not fact.is_over]


def _cause(scope: Scope, facts: list[Fact], trouble: list[Fact]) -> Fact | None:
    """Return what is most likely behind the worst: in what it tells of, or what that leans on.

    A cause that is seen elsewhere explains nothing of it, however sure it is.
    """
    causes = [one for one in facts if one.cause]
    worst = _worst(trouble)
    if worst is not None and worst.about:
        near = scope.leaned_on_by(worst.about)
        causes = [one for one in causes if not one.about or one.about in near]
    return max(causes, key=lambda one: (not one.is_over, one.confidence), default=None)


def _without_repeats(facts: list[Fact]) -> list[Fact]:
    """Return the facts with a few only of those that say that all is well."""
    fine = [fact for fact in facts if fact.trouble == 0]
    return [fact for fact in facts if fact.trouble > 0 or fact in fine[:_MOST_FINE]]


def _summary(scope: Scope, facts: list[Fact], trouble: list[Fact]) -> str:
    reading = scope.reading
    about = ", ".join(reading.subjects) or "Everything in the catalog"
    left = ", ".join(repr(word) for word in reading.unused)
    note = f" (Not understood, and left aside: {left}.)" if left else ""
    over = "" if _lasting(trouble) or not trouble else _all_over(reading)
    return f"{about}, {reading.window}: {_gist(reading, facts, trouble)}{over}{note}"


def _all_over(reading: Reading) -> str:
    """Return that nothing lasts, and what follows for what was to be made."""
    wanted = reading.is_conditional and reading.deliverable is not Deliverable.ANSWER
    needless = f", so that no {reading.deliverable} is needed" if wanted else ""
    return f" It is over: nothing that was seen still goes on{needless}."


def _gist(reading: Reading, facts: list[Fact], trouble: list[Fact]) -> str:
    if not facts:
        return "nothing could be seen."
    if reading.intent is Intent.CHANGES:
        return _changes(facts)
    if reading.intent in (Intent.TREND, Intent.SHARED):
        return facts[0].text
    worst = _worst(trouble)
    if worst is not None:
        counted = next((one.text for one in trouble if one is not worst and not one.gist), "")
        return f"{worst.gist}. {counted}".strip() if worst.gist else worst.text
    if reading.topics:
        return f"no trace of {' and '.join(reading.topics)} is seen."
    answers = " ".join(one.gist for one in facts if one.gist and not one.trouble)
    most = max(facts, key=lambda one: one.rank)
    return answers or f"nothing is wrong as far as can be seen. {most.text}"


def _changes(facts: list[Fact]) -> str:
    changes = [fact for fact in facts if fact.is_change]
    if not changes:
        return "no change is known."
    count = "1 change is" if len(changes) == 1 else f"{len(changes)} changes are"
    return f"{count} known, the newest {changes[0].text}"


def _confidence(scope: Scope, facts: list[Fact], cause: Fact | None) -> float:
    away = [one for one in scope.observations if one.status is ObservationStatus.UNAVAILABLE]
    missed = 0.1 * len({one.call.tool for one in away})
    if not facts:
        return 0.0
    if cause is not None:
        return round(max(0.1, cause.confidence - missed), 2)
    return round(max(0.1, 0.8 - missed), 2)


def _steps(scope: Scope, facts: list[Fact], trouble: list[Fact]) -> tuple[str, ...]:
    steps = [step for fact in facts for step in fact.steps]
    chosen = scope.chosen
    services = [one for one in chosen if one.kind != "pipeline"]
    if trouble and services:
        name = services[0].entry_id
        steps.append(
            f"Have the agents find the cause: itops incidents create 'What is wrong with {name}?' "
            f"--service {name}"
        )
    runbooks = [one.runbook for one in chosen if one.runbook]
    if trouble and runbooks:
        steps.append(f"Follow the runbook {runbooks[0]}.")
    if not trouble and not steps and scope.reading.intent is not Intent.CHANGES:
        steps.append("Nothing is to be done; ask for a longer time if it was earlier.")
    if scope.reading.intent is Intent.CHANGES and facts:
        steps.append("Compare the time of each change with when the trouble began.")
    if not scope.reading.subjects and trouble:
        steps.append("Name the pipeline or service to hear more: why did NAME fail?")
    if scope.reading.deliverable is not Deliverable.ANSWER and not scope.draws:
        steps.append(f"A run makes the {scope.reading.deliverable}: itops runs create GOAL")
    return tuple(dict.fromkeys(steps))[:_MOST_STEPS]


def _gaps(scope: Scope) -> tuple[Gap, ...]:
    """Return what was asked and could not be seen; the engine adds servers out of reach."""
    found: dict[str, str] = {}
    for one in scope.observations:
        source = f"{one.call.server}.{one.call.tool}"
        if one.status is ObservationStatus.OK:
            gaps = one.content.get("gaps")
            told = gaps if isinstance(gaps, list) else []
            found |= {source: "; ".join(str(gap) for gap in told[:3])[:300]} if told else {}
        elif one.status is ObservationStatus.ERROR:
            found.setdefault(source, one.message[:300])
        elif one.status is ObservationStatus.UNAVAILABLE:
            found.setdefault(source, one.message[:300] or "out of reach")
    return tuple(Gap(source=source, reason=reason) for source, reason in found.items())
