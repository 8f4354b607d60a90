"""Questions of another incident that did not decide this one are as if never asked.

They were cut to what was wrong then: another stretch of time, another cluster. Where they lead to
no verdict, their answers would only stand in the way of the questions that fit, so that whoever
thinks by code begins as if nothing were on record. A model that thought on them has seen what
they asked; then they stand.
"""

from itops_core.domain.investigation import Agent, Case, Step
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.probing import NAME as PROBES

_BY_CODE = {NAME, PROBES}


def unprobed(case: Case) -> Case:
    """Return the case without probes that led to nothing."""
    recorded = case.transcript[: len(case.transcript) - case.unrecorded]
    aside = [step for step in recorded if _led_to_nothing(step)]
    looking = (step for step in case.transcript if step.agent is Agent.ROOT_CAUSE)
    if not aside or any(step.turn.reasoner not in _BY_CODE for step in looking):
        return case
    left = tuple(step for step in case.transcript if step not in aside)
    return case.model_copy(update={"transcript": left})


def _led_to_nothing(step: Step) -> bool:
    by_code = step.agent is Agent.ROOT_CAUSE and step.turn.reasoner == PROBES
    return by_code and step.turn.answer is None
