"""A web shop worth watching, faults to rehearse in it, and a world that answers remediation."""

from local_cloud.sandbox.injection import (
    clear,
    inject,
    inject_scenario,
    list_active,
    list_scenarios,
)
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.seeded import seed_estate

__all__ = [
    "Run",
    "clear",
    "inject",
    "inject_scenario",
    "list_active",
    "list_scenarios",
    "seed_estate",
]
