"""What a runbook makes likelier at first, and which questions it makes come first."""

from itops_core.domain.runbook import Runbook

_FIRST, _SPREAD = 0.7, 0.2
"""The cost of a question that the first hint is for, and what is added until the last."""


def priors(runbook: Runbook | None) -> dict[str, float]:
    """Return by what the prior of each fault is multiplied."""
    return {one.fault: one.times for one in runbook.hypotheses} if runbook else {}


def cheaper(runbook: Runbook | None, tool: str) -> float:
    """Return what a question's cost is multiplied by: what a runbook names first comes first."""
    hinted = runbook.hinted_tools if runbook else ()
    if tool not in hinted:
        return 1.0
    return _FIRST + _SPREAD * hinted.index(tool) / len(hinted)
