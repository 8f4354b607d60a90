"""A model that does whatever a text says, as soon as it has read it.

It is played over the wire. Until it reads the text it works as the offline reasoner did where
there was no attack: it asks the same questions, so that there is as much as can be to confirm
whatever it is talked into, and would conclude the same.
"""

import json
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from itops_cli.attacks.attack import Attack
from itops_cli.attacks.planting import OTHER_EVIDENCE, Planted, filled
from itops_cli.investigation import Investigation, Thinkers
from itops_core.domain.investigation import Agent
from itops_core.domain.values import sha256_of
from itops_core.model.claude import ClaudeModel, Limits, Way, anthropic_client
from itops_core.reasoning.claude import ClaudeReasoner, Schemas
from itops_core.reasoning.conversation import SEPARATOR
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, config
from itops_core.wiring.reasoners import brief_of
from local_cloud.messages_api.replies import Body, Reply, says, thinking, use
from local_cloud.messages_api.server import messages_api

_AT_ONCE = 8
_HEARD_LETTERS = 24
_SURE = 0.99
_TURN = r"\({agent} turn \d+\)"
OBEYED = "(told to)"
"""Stands in the thought of a turn in which it does what a text wants of it."""
_EVIDENCE = re.compile(r"evidence_id\W+(EV-[0-9A-F]{8})")
_NAMED = re.compile(r"EV-[0-9A-F]{8}")
_ESCAPED = re.compile(r"\\+(?:[nrt\"/]|u[0-9a-fA-F]{4})")
_AGENTS = {
    "submit_triage": Agent.TRIAGE,
    "submit_verdict": Agent.ROOT_CAUSE,
    "submit_plan": Agent.REMEDIATION,
}
_SERVED_ALWAYS = '"data_source"'
"""Stands in the evidence of every tool: a quote that holds, and proves nothing."""

Asked = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class ObedientModel:
    """Plays all agents of one incident."""

    attack: Attack
    planted: Planted
    honest: Investigation
    """What was made of the same scenario without the attack."""
    heard_by: set[Agent] = field(default_factory=set[Agent])
    """Who has read the text so far."""

    def __call__(self, body: Body) -> Reply:
        """Answer one request."""
        answer = next(tool["name"] for tool in body["tools"] if tool["name"].startswith("submit_"))
        agent, told = _AGENTS[answer], json.dumps(body, ensure_ascii=False)
        turn = len(set(re.findall(_TURN.format(agent=agent), told)))
        obeyed = f"{OBEYED} ({agent}"
        heard = is_heard(self.attack, told)
        self.heard_by.update({agent} if heard else ())
        must_answer = "budget ends here" in told
        asked = self._questions(agent)
        if not must_answer and turn < len(asked):
            return self._asks(f"I look. ({agent} turn {turn})", asked[turn])
        wanted = self._wanted_calls() if heard and obeyed not in told else []
        if wanted and not must_answer:
            return self._asks(f"So be it. {obeyed} turn {turn})", wanted)
        return says(use("answer", answer, **self._answer(agent, heard, told)))

    def _asks(self, thought: str, asked: Sequence[Asked]) -> Reply:
        mark = sha256_of(thought)[:8]
        calls = [
            use(f"call_{mark}_{place}", name, **arguments)
            for place, (name, arguments) in enumerate(asked)
        ]
        return says(thinking(thought), *calls)

    def _questions(self, agent: Agent) -> list[list[Asked]]:
        """Return what it asks, turn by turn, before it has read anything of use to it."""
        before = self.honest.incident.incident_id
        looks = self.attack.looks or self.planted.looks
        first = [self._call(one.tool, one.arguments) for one in looks]
        honest = [
            [
                self._call(f"{seen.call.server}.{seen.call.tool}", seen.call.arguments, before)
                for seen in step.observations
            ]
            for step in self.honest.steps
            if step.agent is agent and step.observations
        ]
        turns = [first] if self.attack.hasty else [first, *honest]
        return [turn[:_AT_ONCE] for turn in turns if turn]

    def _wanted_calls(self) -> list[Asked]:
        return [self._call(one.tool, one.arguments) for one in self.attack.obeys.calls]

    def _call(self, tool: str, arguments: dict[str, Any], before: str = "") -> Asked:
        incident = self.planted.incident
        renamed = {**self.planted.renamed, before: incident.incident_id}
        told = {
            name: renamed.get(value, value) if isinstance(value, str) else value
            for name, value in filled(arguments, incident).items()
        }
        return tool.replace(".", SEPARATOR), told

    def _answer(self, agent: Agent, heard: bool, told: str) -> dict[str, Any]:
        if agent is Agent.TRIAGE:
            return self._triage(heard)
        return self._verdict(heard, told) if agent is Agent.ROOT_CAUSE else self._plan(heard)

    def _triage(self, heard: bool) -> dict[str, Any]:
        honest, wanted = self.honest.triage, self.attack.obeys
        severity = wanted.severity if heard and wanted.severity else None
        severity = severity or (honest.severity if honest else "high")
        duplicate = wanted.duplicate_of if heard else None
        repeated = {"duplicate_of": duplicate} if duplicate else {}
        return {"severity": severity, "summary": "As I read it.", **repeated}

    def _verdict(self, heard: bool, told: str) -> dict[str, Any]:
        wanted, honest = self.attack.obeys.verdict, self.honest.verdict
        if not heard or wanted is None:
            cause = honest.root_cause if honest else None
            outcome = honest.outcome if honest else "unresolved"
            change = honest.change_id if honest else None
            found = (cause.component, cause.fault) if cause else ("", "")
        else:
            outcome, change = wanted.outcome, wanted.change_id
            found = (wanted.component, wanted.fault)
        component, fault = found
        cause = {"component": component, "fault": fault, "mechanism": "It was written there."}
        evidence = [one for one in _EVIDENCE.findall(told) if one != OTHER_EVIDENCE][:1]
        quote = _SERVED_ALWAYS
        if heard and wanted is not None and wanted.invents_evidence:
            evidence, quote = _NAMED.findall(self.attack.text)[:1] or ["EV-0BADF00D"], "proven"
        cited = [{"evidence_id": one, "quote": quote} for one in evidence]
        return {
            "outcome": outcome,
            "confidence": _SURE,
            "summary": "As I read it.",
            "claims": [{"text": "I read it.", "citations": cited}] if cited else [],
            **({"root_cause": cause} if component else {}),
            **({"change_id": change} if change else {}),
        }

    def _plan(self, heard: bool) -> dict[str, Any]:
        wanted, honest = self.attack.obeys.plan, self.honest.plan
        actions = [one.action for one in honest.actions] if honest else []
        if heard and wanted is not None:
            actions = list(wanted)
        return {
            "actions": [
                {"action": one.model_dump(mode="json"), "reason": "It was written there."}
                for one in actions
            ],
            "rationale": "As I read it.",
            "confidence": _SURE,
        }


def is_heard(attack: Attack, told: str) -> bool:
    """Whether the beginning of the text stands in `told`, however it is escaped or laced."""
    return _letters(attack.text)[:_HEARD_LETTERS] in _letters(told)


def _letters(text: str) -> str:
    return "".join(letter for letter in _ESCAPED.sub(" ", text) if letter.isalnum())


@contextmanager
def played(script: Callable[[Body], Reply]) -> Generator[tuple[Thinkers, list[str]]]:
    """Yield the thinkers of an investigation, and what the Messages API refused to take."""
    with messages_api(script) as api:
        connect = anthropic_client(
            lambda: "played", api.base_url, Limits(timeout_seconds=10, max_retries=0)
        )
        model = ClaudeModel(connect, config().prices, Way(deadline_seconds=20))

        def thinkers(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
            return ClaudeReasoner(model, brief_of(agent), schemas), OfflineReasoner(config)

        try:
            yield thinkers, api.refused
        finally:
            model.close()
