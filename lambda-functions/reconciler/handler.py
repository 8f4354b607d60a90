"""Picks up incidents on which nothing works any more; runs every minute and after a restart."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.observability import logger
from itops_core.wiring.workflow import goal_runs, resumer
from reconciler.upkeep import upkeep

_log = logger("reconciler")


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Look at every unfinished incident once, and answer how many were found how."""
    done = resumer().reconcile()
    _log.info("incidents reconciled", counts=done)
    _log.info("runs reconciled", counts=goal_runs().reconcile())
    _log.info("people kept up to date", counts=upkeep().keep_up())
    return done
