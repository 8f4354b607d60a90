"""An answer on the screen, in its four parts."""

from itops_cli.screen.console import counted, say, tame
from itops_core.domain.conversation import ChatTurn, TurnStatus
from itops_core.domain.reports import ChatAnswer


def show_turn(turn: ChatTurn) -> None:
    """Print what came of a question."""
    if turn.status is TurnStatus.FAILED:
        say(f"No answer: {tame(turn.error)}", "red")
    elif turn.answer is None:
        say(f"Still thinking; look again: itops chat --conversation {turn.conversation_id}", "dim")
    else:
        show_answer(turn.answer)
        took = (turn.answered_at - turn.asked_at).total_seconds() if turn.answered_at else 0
        looked = f"{counted(turn.tool_calls, 'look')}, {turn.tokens} tokens, {took:.1f} s"
        say(f"{turn.conversation_id} · {turn.answer.reasoner} · {looked}", "dim")


def show_answer(answer: ChatAnswer) -> None:
    """Print an answer: summary, evidence, probable cause, next steps."""
    say("Summary", "bold")
    say(f"  {tame(answer.summary, 900)}")
    say("Evidence", "bold")
    for claim in answer.evidence:
        cited = ", ".join(dict.fromkeys(one.evidence_id for one in claim.citations))
        say(f"  - {tame(claim.text, 500)} [{cited}]")
    if not answer.evidence:
        say("  none", "dim")
    say("Probable cause", "bold")
    cause = answer.probable_cause
    say(f"  {tame(cause, 900)} ({answer.confidence:.0%} sure)" if cause else "  none is seen")
    say("Next steps", "bold")
    for step in answer.next_steps:
        say(f"  - {tame(step, 500)}")
    for gap in answer.gaps:
        say(f"not seen: {gap.source}: {tame(gap.reason, 200)}", "yellow")
