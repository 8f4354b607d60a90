"""What an execution's history tells: transitions, and time that was only waited."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Step
from local_cloud.address import Address

_WAITING_TASKS = {"AwaitApproval"}
_THINKING = {
    "Triage", "AfterTriage", "InvestigateStep", "AfterInvestigation", "ProposeRemediation",
    "AfterProposal",
}  # fmt: skip
"""The agents' states and the choices behind them."""


def history(address: Address, incident: Incident) -> list[dict[str, Any]]:
    """Return every event of the incident's execution, oldest first."""
    client = address.client("stepfunctions")
    events: list[dict[str, Any]] = []
    query: dict[str, Any] = {"executionArn": incident.execution_arn, "maxResults": 1000}
    while True:
        page = client.get_execution_history(**query)
        events += page["events"]
        if not page.get("nextToken"):
            return events
        query["nextToken"] = page["nextToken"]


def measured(events: Iterable[Mapping[str, Any]], steps: Iterable[Step]) -> dict[str, Any]:
    """Return transitions, transitions per agent step, and seconds with and without waits."""
    told = list(events)
    entered = [event for event in told if str(event["type"]).endswith("StateEntered")]
    names = [event["stateEnteredEventDetails"]["name"] for event in entered]
    thinking = sum(name in _THINKING for name in names)
    count = sum(1 for _ in steps)
    waited = _waited(told)
    total = _seconds(told[0]["timestamp"], told[-1]["timestamp"]) if told else 0.0
    return {
        "agent_steps": count,
        "transitions": len(names),
        "transitions_of_agents": thinking,
        "transitions_per_agent_step": round(thinking / count, 2) if count else None,
        "execution_seconds": round(total, 3),
        "waited_seconds": round(waited, 3),
        "execution_seconds_without_waits": round(total - waited, 3),
        "states": names,
    }


def _waited(events: Iterable[Mapping[str, Any]]) -> float:
    waited = 0.0
    entered: dict[str, datetime] = {}
    for event in events:
        kind = str(event["type"])
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            if kind.startswith("Wait") or name in _WAITING_TASKS:
                entered[name] = event["timestamp"]
        elif kind.endswith("StateExited"):
            since = entered.pop(event["stateExitedEventDetails"]["name"], None)
            waited += _seconds(since, event["timestamp"]) if since else 0.0
    return waited


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
