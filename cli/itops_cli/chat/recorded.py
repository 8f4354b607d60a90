"""The chat over a recording, in this very process: the agent, tools and checks of a deployment."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat_agent.agent import ChatAgent
from itops_cli.investigation.servers import OpenGateway, Surroundings, tool_gateways
from itops_cli.investigation.stores import memory_stores
from itops_cli.investigation.thinkers import Thinkers, offline
from itops_core.domain.conversation import ChatTurn
from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Agent
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.ports import Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, config
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools
from itops_core.workflow.chatting import Chats, Question
from monitoring_server.recorded.recording import Recording


@dataclass(frozen=True)
class RecordedChat:
    """One process' conversations over one recording."""

    chats: Chats
    around: Surroundings
    gateways: dict[str, OpenGateway]

    def ask(self, question: Question) -> ChatTurn:
        """Return the answer to a question."""
        return self.chats.ask(question, "you")

    def evidence(self, case_id: str) -> tuple[Evidence, ...]:
        """Return what an answer rests on."""
        return self.around.stores.agent_state.list_evidence(case_id)

    def close(self) -> None:
        """Let go of the tool servers."""
        for gateway in self.gateways.values():
            gateway.close()


def recorded_chat(
    recording: Recording, thinkers: Thinkers = offline, rules: Config | None = None
) -> RecordedChat:
    """Return a chat that sees nothing but `recording`, at the moment at which it stands."""
    around = Surroundings(recording, memory_stores(recording.catalog), rules or config())
    gateways = dict(tool_gateways(around))
    agent = chat_agent_over(around, gateways, thinkers)
    stores = around.stores
    chats = Chats(
        stores.conversations,
        stores.catalog,
        lambda turn: agent.answer(turn.conversation_id, turn.turn),
        around.now,
    )
    return RecordedChat(chats, around, gateways)


def chat_agent_over(
    around: Surroundings, gateways: dict[str, OpenGateway], thinkers: Thinkers
) -> ChatAgent:
    """Return the agent of a deployment, over a recording and stores in memory."""
    rules = around.config
    toolbox = Toolbox(
        Agent.CHAT,
        gateways,
        allowed_tools(),
        rules.tools.result_characters,
        rules.tools.denied_log_groups,
    )

    def engine_of(cases: Incidents, ladder: tuple[Reasoner, ...]) -> StepEngine:
        return StepEngine(
            cases,
            around.stores.agent_state,
            toolbox,
            ladder,
            rules.budget,
            rules.reasoning.lone_confidence,
        )

    def models() -> Sequence[Reasoner]:
        return [one for one in thinkers(Agent.CHAT, toolbox.schemas, rules) if one.is_paid]

    stores = around.stores
    return ChatAgent(
        stores.conversations, stores.catalog, stores.agent_state, engine_of, models, around.now
    )
