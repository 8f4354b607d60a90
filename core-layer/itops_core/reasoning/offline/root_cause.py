"""Root cause analysis without a model: believe, look where it separates most, conclude."""

from itops_core.domain.investigation import Case, ToolCall, Turn
from itops_core.reasoning.offline.change_pages import further_pages
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.conclusion import Conclusion
from itops_core.reasoning.offline.diagnosis import NAME, Diagnosis
from itops_core.reasoning.offline.questions import catalog_question
from itops_core.reasoning.offline.words import percent, sentence, title

_MOST_CALLS = 8


def diagnose(case: Case, bar: Bar) -> Turn:
    """Return the next questions about the root cause, or the verdict."""
    diagnosis = Diagnosis(case, bar)
    calls: tuple[ToolCall, ...] = ()
    if not case.must_answer:
        opening = catalog_question(diagnosis.scene)
        chosen = diagnosis.open_questions()
        calls = tuple(one.call for one in ((opening,) if opening else ()) + chosen)
        calls = (*calls, *diagnosis.comparisons(chosen))
        calls = (*diagnosis.introductions(), *calls)
        calls = (*calls, *further_pages(diagnosis.scene))[:_MOST_CALLS]
    if calls:
        return Turn(
            thought=_thought(diagnosis, calls),
            calls=calls,
            beliefs=diagnosis.beliefs(),
            reasoner=NAME,
        )
    verdict = Conclusion(diagnosis).verdict()
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
