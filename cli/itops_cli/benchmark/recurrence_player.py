"""Plays a model that thinks as code did the first time, and says so at the length of a model."""

import json
import re
from dataclasses import dataclass
from typing import Any

from itops_cli.investigation import Investigation
from itops_core.domain.investigation import Agent, Step
from itops_core.reasoning.conversation import SEPARATOR
from itops_core.reasoning.probing import PROBED
from local_cloud.messages_api.replies import Body, Reply, says, thinking, use

_AGENTS = {
    "submit_triage": Agent.TRIAGE,
    "submit_verdict": Agent.ROOT_CAUSE,
    "submit_plan": Agent.REMEDIATION,
}
_TURN = r"\({agent} turn \d+\)"
_EVIDENCE = re.compile(r"evidence_id\W+(EV-[0-9A-F]{8})")
_HELD = '"data_source"'
"""Stands in the evidence of every tool: a quote that holds."""


@dataclass(frozen=True)
class Player:
    """Asks what was asked the first time; concludes once it has seen that, or what decided it."""

    concludes: Investigation
    asks: tuple[Step, ...]

    def __call__(self, body: Body) -> Reply:
        """Answer one request."""
        answer = next(tool["name"] for tool in body["tools"] if tool["name"].startswith("submit_"))
        agent, told = _AGENTS[answer], json.dumps(body["messages"], ensure_ascii=False)
        turn = len(set(re.findall(_TURN.format(agent=agent), told)))
        asked = [step for step in self.asks if step.agent is agent and step.observations]
        if turn < len(asked) and PROBED not in told and "budget ends here" not in told:
            thought = f"{asked[turn].turn.thought} ({agent} turn {turn})"
            calls = [
                use(
                    f"call_{agent}_{turn}_{place}",
                    f"{seen.call.server}{SEPARATOR}{seen.call.tool}",
                    **seen.call.arguments,
                )
                for place, seen in enumerate(asked[turn].observations)
            ]
            return says(thinking(thought), *calls)
        return says(use("answer", answer, **self._answer(agent, told)))

    def _answer(self, agent: Agent, told: str) -> dict[str, Any]:
        known = self.concludes
        if agent is Agent.TRIAGE:
            rated = known.triage
            return {
                "severity": rated.severity if rated else "high",
                "summary": rated.summary if rated else "It has to be looked into.",
            }
        if agent is Agent.ROOT_CAUSE:
            return self._verdict(told)
        actions = known.plan.actions if known.plan else ()
        return {
            "actions": [
                {"action": one.action.model_dump(mode="json"), "reason": one.reason}
                for one in actions
            ],
            "rationale": known.plan.rationale if known.plan else "Nothing should be done.",
            "confidence": known.plan.confidence if known.plan else 0.2,
        }

    def _verdict(self, told: str) -> dict[str, Any]:
        verdict = self.concludes.verdict
        if verdict is None:
            return {"outcome": "unresolved", "confidence": 0.2, "summary": "It is not known."}
        shown = _EVIDENCE.findall(told)[:3]
        cause = verdict.root_cause
        return {
            "outcome": verdict.outcome,
            "confidence": verdict.confidence,
            "summary": verdict.summary[:2000],
            "claims": [
                {
                    "text": verdict.claims[place].text if place < len(verdict.claims) else "Seen.",
                    "citations": [{"evidence_id": one, "quote": _HELD}],
                }
                for place, one in enumerate(shown)
            ],
            **({"root_cause": cause.model_dump()} if cause else {}),
        }
