"""A ReAct step: a thought, the tool calls it led to, and what came back."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.incident import Incident
from itops_core.domain.past import Hint
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.domain.runbook import Runbook
from itops_core.domain.tool_call import ToolCall
from itops_core.domain.values import EvidenceId, IncidentId, Moment, Value
from itops_core.domain.verdict import TriageVerdict, Verdict


class Agent(StrEnum):
    """Who is thinking."""

    TRIAGE = "triage"
    ROOT_CAUSE = "root_cause"
    REMEDIATION = "remediation"
    WATCHDOG = "watchdog"
    CHAT = "chat"


class ObservationStatus(StrEnum):
    """What became of a tool call."""

    OK = "ok"
    ERROR = "error"
    """The tool answered that the arguments will not do; the message says what would."""
    UNAVAILABLE = "unavailable"
    """The server is down or its circuit is open: a gap in what can be seen."""
    REFUSED = "refused"
    """Code refused the call: not allowed for this agent, over budget, or asked before."""


class Observation(Value):
    """What one tool call showed. `content` is the compact view; the whole is the evidence."""

    call: ToolCall
    status: ObservationStatus
    evidence_id: EvidenceId | None = None
    sha256: str | None = None
    data_source: str | None = None
    content: dict[str, Any] = Field(default_factory=dict)
    message: str = ""
    duration_ms: int = 0


class Usage(Value):
    """What thinking cost. Dollars are US dollars, from the price table in the configuration."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0

    def plus(self, other: "Usage") -> "Usage":
        """Return what both cost together."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            dollars=self.dollars + other.dollars,
        )


class Belief(Value):
    """How likely one hypothesis stood after a step."""

    component: str
    fault: str
    probability: float = Field(ge=0, le=1)


Answer = TriageVerdict | Verdict | RemediationPlan | WatchReport | ChatAnswer
"""What an agent concludes with."""


class Turn(Value):
    """What a reasoner says next: questions, or its answer."""

    thought: str
    calls: tuple[ToolCall, ...] = ()
    triage: TriageVerdict | None = None
    verdict: Verdict | None = None
    plan: RemediationPlan | None = None
    watch: WatchReport | None = None
    chat: ChatAnswer | None = None
    usage: Usage = Usage()
    beliefs: tuple[Belief, ...] = ()
    reasoner: str
    degraded: str = Field(
        default="", description="Why a reasoner further up the ladder did not think this."
    )
    model_turn: dict[str, Any] | None = Field(
        default=None, description="Raw content blocks of a model's reply, replayed unchanged."
    )

    @property
    def answer(self) -> Answer | None:
        """The conclusion, whichever agent's it is, or `None` while questions remain."""
        return self.triage or self.verdict or self.plan or self.watch or self.chat

    def with_answer(self, answer: Answer) -> "Turn":
        """Return this turn with `answer` as its only conclusion."""
        return self.model_copy(
            update={
                "triage": answer if isinstance(answer, TriageVerdict) else None,
                "verdict": answer if isinstance(answer, Verdict) else None,
                "plan": answer if isinstance(answer, RemediationPlan) else None,
                "watch": answer if isinstance(answer, WatchReport) else None,
                "chat": answer if isinstance(answer, ChatAnswer) else None,
            }
        )


class Step(Value):
    """One turn and what its calls showed: one item of the append-only transcript."""

    incident_id: IncidentId
    number: int = Field(ge=1, description="Counts through the whole incident, over all agents.")
    agent: Agent
    round: int = Field(ge=1)
    turn: Turn
    observations: tuple[Observation, ...] = ()
    started_at: Moment
    duration_ms: int


class Case(Value):
    """All that a reasoner may know when it thinks: the incident and what was seen so far.

    `transcript` holds every step of this incident, all agents and rounds, oldest first.
    """

    incident: Incident
    agent: Agent
    transcript: tuple[Step, ...] = ()
    must_answer: bool = Field(default=False, description="The budget ends here: no more calls.")
    unrecorded: int = Field(
        default=0, description="How many of the last steps code took by itself just now."
    )
    runbook: Runbook | None = Field(default=None, description="Context; it allows nothing.")

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What looks like it from before, as it was taken down: never evidence, never orders."""
        past = self.incident.past
        return past.hints if past else ()

    @property
    def steps_of_this_agent(self) -> tuple[Step, ...]:
        """This agent's steps in the incident's current round."""
        return tuple(
            step
            for step in self.transcript
            if step.agent is self.agent and step.round == self.incident.round
        )

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Everything any agent saw in this round, oldest first."""
        return tuple(
            observation
            for step in self.transcript
            if step.round == self.incident.round
            for observation in step.observations
        )
