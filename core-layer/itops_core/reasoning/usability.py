"""What makes a turn one that can be gone by: an answer of the agent's kind, or questions."""

from collections.abc import Sequence

from itops_core.domain.investigation import Agent, Answer, Case, Turn
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.domain.verdict import TriageVerdict, Verdict
from itops_core.reasoning.reasoner import UnusableAnswerError

_ANSWER_OF: dict[Agent, type[Answer]] = {
    Agent.TRIAGE: TriageVerdict,
    Agent.ROOT_CAUSE: Verdict,
    Agent.REMEDIATION: RemediationPlan,
    Agent.WATCHDOG: WatchReport,
    Agent.CHAT: ChatAnswer,
}


def usable(case: Case, turn: Turn) -> Turn:
    """Return the turn with either its answer or its calls, or raise where it has neither."""
    if isinstance(turn.answer, _ANSWER_OF[case.agent]):
        return turn.model_copy(update={"calls": ()})
    if turn.calls and not case.must_answer and turn.answer is None:
        return turn
    raise UnusableAnswerError("neither an answer nor a question that may be asked", turn.usage)


def labelled(turn: Turn, failed: Sequence[str], unused: Turn | None) -> Turn:
    """Return the turn, saying who could not think it, and with what was paid for nothing."""
    if not failed:
        return turn
    changes: dict[str, object] = {"degraded": "; ".join(failed)[:500]}
    if unused is not None:
        changes["usage"] = turn.usage.plus(unused.usage)
    return turn.model_copy(update=changes)
