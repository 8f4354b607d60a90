"""What an investigation with a model costs: tokens that are paid in full, step by step.

The model is played: it asks three questions in every step until the budget ends, which is more
than Claude would. Tokens are counted by the local Messages API, four characters each, with a
prompt cache that behaves as documented. What is measured is ours: prompts, tools, what is shown
of the answers, and where the cache marks are.
"""

import json
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from itops_cli.investigation import Setting, Thinkers, incident_in, investigate
from itops_cli.investigation.silence import logs_silenced
from itops_core.domain.investigation import Agent, Step
from itops_core.model.claude import ClaudeModel, Limits, Way, anthropic_client
from itops_core.reasoning.claude import ClaudeReasoner, Schemas
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, bundled, config
from itops_core.wiring.reasoners import brief_of
from local_cloud.messages_api.replies import Body, Reply, says, thinking, use
from local_cloud.messages_api.server import messages_api
from local_cloud.sandbox.recording import recorded_scenario

_SCENARIOS = ("payment-oom", "bad-deploy-5xx", "checkout-traffic-spike", "unhealthy-tasks")
_AT_ONCE = 3
_THOUGHT = (
    "The alarm alone does not tell which of the likely causes it is: I compare the service with "
    "its own past, look for what changed before it began, and at what it leans on."
)
_WINDOWS = (15, 30, 60, 120)


def talking(scenarios: Sequence[str] = _SCENARIOS) -> dict[str, Any]:
    """Return what investigations of `scenarios` cost with a model that uses its whole budget."""
    return {slug: _measured(slug) for slug in scenarios}


def _measured(slug: str) -> dict[str, Any]:
    recording = recorded_scenario(bundled("scenarios") / slug)
    with logs_silenced(), messages_api(asks_on) as api, _played(api.base_url) as thinkers:
        told = investigate(recording, incident_in(recording), Setting(thinkers=thinkers))
    own = [step for step in told.steps if step.agent is Agent.ROOT_CAUSE]
    return {
        "refused_requests": len(api.refused),
        "root_cause": _costs(own),
        "root_cause_fresh_by_step": [step.turn.usage.input_tokens for step in own],
        "whole_incident": _costs(told.steps),
    }


def _costs(steps: Sequence[Step]) -> dict[str, Any]:
    usages = [step.turn.usage for step in steps]
    return {
        "steps": len(steps),
        "tool_calls": sum(len(step.observations) for step in steps),
        "fresh_input_tokens": sum(usage.input_tokens for usage in usages),
        "cached_input_tokens": sum(usage.cached_input_tokens for usage in usages),
        "output_tokens": sum(usage.output_tokens for usage in usages),
        "dollars": round(sum(usage.dollars for usage in usages), 4),
    }


@contextmanager
def _played(base_url: str) -> Generator[Thinkers]:
    limits = Limits(timeout_seconds=10, max_retries=0)
    connect = anthropic_client(lambda: "played", base_url, limits)
    model = ClaudeModel(connect, config().prices, Way(deadline_seconds=20))

    def thinkers(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
        return ClaudeReasoner(model, brief_of(agent), schemas), OfflineReasoner(config)

    try:
        yield thinkers
    finally:
        model.close()


def asks_on(body: Body) -> Reply:
    """Ask three new questions, or give the answer where no tool is run any more."""
    answer = next(tool["name"] for tool in body["tools"] if tool["name"].startswith("submit_"))
    told = json.dumps(body["messages"])
    if answer != "submit_verdict" or "budget ends here" in told:
        return says(thinking(_THOUGHT), use("answer", answer, **_ANSWERS[answer]))
    turns = len(set(_TURNS.findall(told)))
    asked = _questions(body)[turns * _AT_ONCE : (turns + 1) * _AT_ONCE]
    calls = [
        use(f"turn{turns}_{place}", f"monitoring__{tool}", **arguments)
        for place, (tool, arguments) in enumerate(asked)
    ]
    return says(thinking(f"{_THOUGHT} (turn {turns + 1})"), *calls)


_TURNS = re.compile(r"\(turn \d+\)")
_ANSWERS: dict[str, dict[str, Any]] = {
    "submit_triage": {"severity": "high", "summary": "Customers notice it."},
    "submit_verdict": {
        "outcome": "unresolved",
        "confidence": 0.3,
        "summary": "Several causes remain; none stands out in what was seen.",
    },
    "submit_plan": {"rationale": "Nothing should be done yet.", "confidence": 0.2},
}


def _questions(body: Body) -> list[tuple[str, dict[str, Any]]]:
    """Return what may be asked of the incident's service, in turn, never the same twice."""
    opening = body["messages"][0]["content"][0]["text"]
    incident = json.loads(opening.splitlines()[1])
    service, alarm = incident["service"], incident["alarm"]
    measured = {"namespace": alarm["namespace"], "dimensions": alarm["dimensions"]}
    series = {**measured, "metric": alarm["metric"]}
    group = f"/ecs/{service}"
    asked: list[tuple[str, dict[str, Any]]] = []
    for minutes in _WINDOWS:
        back = {"minutes_back": minutes}
        asked += [
            ("query_cloudwatch_logs", {"log_group": group, **back}),
            ("get_metrics", {**series, **back}),
            ("describe_ecs_service", {"cluster": "shop", "service": service}),
            ("find_log_patterns", {"log_group": group, **back}),
            ("list_recent_changes", {"service": service, "hours_back": minutes}),
            ("detect_metric_anomalies", {**measured, **back}),
            ("get_traces", {"service": service, **back}),
            ("get_alarm_history", {"alarm_name": alarm["name"], **back}),
        ]
    return asked
