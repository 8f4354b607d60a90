"""The function that answers questions, run in this process where boto3's Lambda client stands."""

import io
import json
from typing import Any

from chat_agent.agent import ChatAgent
from chat_agent.looking import look
from fleet_server.recorded.composition import recorded_server
from fleet_server.recorded.story import shipped
from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.ports import Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import config
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring import stores
from itops_core.wiring.tools import allowed_tools
from tests.support.accounts import Account
from tests.support.tool_servers import monitoring_server


class ChatFunction:
    """Answers at once, also where it is asked without waiting; unless it is told to be slow."""

    def __init__(self, account: Account) -> None:
        self._monitoring = InMemoryToolGateway(monitoring_server(account))
        self._servers = {
            "monitoring": self._monitoring,
            "fleet": InMemoryToolGateway(recorded_server(shipped(utc_now()))),
        }
        self.is_slow = False
        self.asked: list[dict[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: bytes, **_given: Any) -> dict[str, Any]:  # noqa: ANN401, N803
        """Run the function once."""
        del FunctionName
        event: dict[str, Any] = json.loads(Payload)
        self.asked.append(event)
        told: dict[str, Any] = {}
        if "look" in event:
            told = look(self._servers.__getitem__, event["look"], event["arguments"])
        elif not self.is_slow:
            self.answer(event)
        return {"Payload": io.BytesIO(json.dumps(told).encode())}

    def answer(self, event: dict[str, Any]) -> None:
        """Answer a question as the function does."""
        known = config()
        tools = known.tools
        toolbox = Toolbox(
            Agent.CHAT,
            {"monitoring": self._monitoring},
            allowed_tools(),
            tools.result_characters,
        )

        def engine_of(cases: Incidents, ladder: tuple[Reasoner, ...]) -> StepEngine:
            lone = known.reasoning.lone_confidence
            return StepEngine(cases, stores.agent_state(), toolbox, ladder, known.budget, lone)

        agent = ChatAgent(
            stores.conversations(),
            stores.catalog(),
            stores.agent_state(),
            engine_of,
            lambda: (),
            utc_now,
        )
        agent.answer(event["conversation_id"], event["turn"])

    def close(self) -> None:
        """Let go of the tool servers."""
        for server in self._servers.values():
            server.close()
