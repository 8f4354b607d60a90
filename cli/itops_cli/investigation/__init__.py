"""Investigations in one process, over recorded telemetry, by the code that runs on AWS."""

from itops_cli.investigation.opening import incident_in
from itops_cli.investigation.outcome import Investigation, JudgedAction
from itops_cli.investigation.runner import Setting, investigate
from itops_cli.investigation.thinkers import Thinkers, thinkers_named

__all__ = [
    "Investigation",
    "JudgedAction",
    "Setting",
    "Thinkers",
    "incident_in",
    "investigate",
    "thinkers_named",
]
