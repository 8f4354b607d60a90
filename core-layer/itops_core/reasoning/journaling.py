"""Puts into the journal what is thought: every turn, every request to a model, every step kept."""

import time
from dataclasses import dataclass
from typing import Any

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Case, Step, Turn
from itops_core.domain.values import canonical_json, sha256_of
from itops_core.errors import ModelUnavailableError
from itops_core.model.messages import Model, ModelReply, ModelRequest
from itops_core.reasoning.ports import AgentState
from itops_core.reasoning.reasoner import WrappedReasoner
from itops_core.tools.journal import Journal


@dataclass(frozen=True)
class JournaledModel:
    """A model whose requests and replies are written down."""

    inner: Model
    journal: Journal

    def close(self) -> None:
        """Let go of the model's connections, where it has any."""
        close = getattr(self.inner, "close", None)
        if callable(close):
            close()

    def reply(self, request: ModelRequest) -> ModelReply:
        """Return the reply; raise `ModelUnavailableError` whatever kept it from coming."""
        began = time.monotonic()
        self.journal.write("llm_request", **_asked(request))
        try:
            reply = self.inner.reply(request)
        except ModelUnavailableError as error:
            self.journal.write(
                "llm_response",
                model=request.model,
                stop_reason="unavailable",
                tokens=0,
                dollars=0.0,
                error=str(error),
                duration_ms=_since(began),
            )
            raise
        usage = reply.usage
        self.journal.write(
            "llm_response",
            model=request.model,
            stop_reason=reply.stop_reason,
            content=[_told(block) for block in reply.content],
            tokens=usage.input_tokens + usage.cached_input_tokens + usage.output_tokens,
            usage=usage.model_dump(mode="json"),
            dollars=usage.dollars,
            duration_ms=_since(began),
        )
        return reply


@dataclass(frozen=True)
class JournaledReasoner(WrappedReasoner):
    """A reasoner whose turns are written down."""

    journal: Journal

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer."""
        turn = self.inner.next_turn(case)
        answer = turn.answer
        self.journal.write(
            "reasoning",
            incident_id=case.incident.incident_id,
            agent=case.agent.value,
            reasoner=turn.reasoner,
            thought=turn.thought,
            calls=[f"{call.server}.{call.tool}" for call in turn.calls],
            beliefs=[one.model_dump(mode="json") for one in turn.beliefs[:3]],
            answer=type(answer).__name__ if answer else "",
            must_answer=case.must_answer,
        )
        return turn


@dataclass(frozen=True)
class JournaledState:
    """The transcript, whose steps are written down when they are kept."""

    inner: AgentState
    journal: Journal

    def put_step(self, step: Step) -> bool:
        """Append `step`, or return `False` where its number is taken."""
        kept = self.inner.put_step(step)
        if kept:
            self.journal.write(
                "step",
                incident_id=step.incident_id,
                agent=step.agent.value,
                number=step.number,
                round=step.round,
                reasoner=step.turn.reasoner,
                degraded=step.turn.degraded,
                duration_ms=step.duration_ms,
                observations=[
                    {
                        "tool": f"{seen.call.server}.{seen.call.tool}",
                        "status": seen.status.value,
                        "evidence_id": seen.evidence_id,
                        "message": seen.message,
                    }
                    for seen in step.observations
                ],
            )
        return kept

    def steps(self, incident_id: str, after: int = 0) -> tuple[Step, ...]:
        """Return the steps with a number above `after`, in order."""
        return self.inner.steps(incident_id, after)

    def put_evidence(self, evidence: Evidence) -> Evidence:
        """Keep `evidence` whole; return what is kept under its id."""
        return self.inner.put_evidence(evidence)

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return the evidence, or raise `NotFoundError`."""
        return self.inner.get_evidence(incident_id, evidence_id)


def _asked(request: ModelRequest) -> dict[str, Any]:
    """Return what a request is told by: the newest message whole, the others by their size."""
    whole = [request.system, list(request.tools), list(request.messages)]
    return {
        "model": request.model,
        "messages": len(request.messages),
        "tools": len(request.tools),
        "characters": len(canonical_json(whole)),
        "max_tokens": request.max_tokens,
        "sha256": sha256_of(whole),
        "newest": request.messages[-1] if request.messages else {},
    }


def _told(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block of a reply without what only the provider can read."""
    return {name: told for name, told in block.items() if name not in ("signature", "data")}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
