"""A small scenario for tests to bend."""

from typing import Any

REHEARSED = (
    "bad-deploy-5xx",
    "blind-spot",
    "checkout-traffic-spike",
    "healthy-noise",
    "payment-oom",
    "unhealthy-tasks",
)
"""Those that run live, through the whole chain; all others are looked at as recordings."""


def a_scenario(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the fields of a small scenario, with `changes` over them."""
    return {
        "title": "Something breaks",
        "estate": [{"name": "ledger"}, {"name": "cart"}],
        "effects": [{"service": "ledger", "metric": "memory", "to": 95}],
        "alarm": {
            "name": "ledger-memory",
            "service": "ledger",
            "metric": "memory",
            "threshold": 90,
        },
        "truth": {
            "outcome": "found",
            "component": "ledger",
            "fault": "memory_exhaustion",
            "severity": ["high"],
            "needs_human": False,
            "final_status": "resolved",
        },
        **changes,
    }
