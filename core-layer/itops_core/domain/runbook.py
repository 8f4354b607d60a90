"""Runbooks: how people handle one kind of trouble, written down so that agents can use it.

A runbook is context. It raises and lowers what is believed at first, within bounds, says what to
look at, and never allows anything: what may be done is decided by the gate alone.
"""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from itops_core.domain.catalog import Article
from itops_core.domain.reports import FindingKind
from itops_core.domain.values import Value

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=600)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]

STRONGEST = 3.0
"""The most by which a runbook makes a hypothesis likelier at first; and one over it less likely."""
MOST_ADDED = 0.05
"""The most that a runbook adds to the confidence of a verdict."""
MOST_TAKEN = 0.4
"""The most that it takes away."""


class RunbookStep(Value):
    """One thing to look at or to do."""

    say: Sentence
    tools: tuple[Name, ...] = Field(default=(), max_length=5, description="What could show it.")
    action: Name | None = Field(default=None, description="Of the remediation catalogue.")
    if_seen: Name | None = Field(
        default=None, description="Only where this symptom of the fault library was seen."
    )


class RunbookHypothesis(Value):
    """A fault that people of this trade think of first, or hardly ever."""

    fault: Name
    times: float = Field(ge=1 / STRONGEST, le=STRONGEST, description="Its prior, multiplied.")
    because: Sentence


class ConfidenceAdjustment(Value):
    """What makes a verdict surer or less sure: exactly one condition."""

    seen: Name | None = Field(default=None, description="A symptom that was there.")
    not_seen: Name | None = Field(default=None, description="One that was looked for in vain.")
    unreachable: Name | None = Field(default=None, description="A tool that did not answer.")
    by: float = Field(ge=-MOST_TAKEN, le=MOST_ADDED)
    because: Sentence

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if sum(one is not None for one in (self.seen, self.not_seen, self.unreachable)) != 1:
            raise ValueError("give exactly one of seen, not_seen and unreachable")
        return self


class AppliesTo(Value):
    """What a runbook is for."""

    faults: tuple[Name, ...] = Field(min_length=1, description="Of the fault library.")
    kinds: tuple[Name, ...] = Field(default=(), description="Of components, as in the catalog.")
    findings: tuple[FindingKind, ...] = Field(default=(), description="Of a round of watching.")
    services: tuple[str, ...] = ()


class Runbook(Value):
    """How to handle one kind of trouble; `runbooks/*.yaml`, checked."""

    id: Name
    title: Sentence
    applies_to: AppliesTo
    symptoms: tuple[Sentence, ...] = Field(min_length=1)
    cause: Sentence
    steps: tuple[RunbookStep, ...] = Field(min_length=2, max_length=12)
    hypotheses: tuple[RunbookHypothesis, ...] = Field(min_length=1, max_length=10)
    confidence: tuple[ConfidenceAdjustment, ...] = Field(default=(), max_length=10)
    fix: tuple[RunbookStep, ...] = Field(min_length=1)
    verify: tuple[RunbookStep, ...] = Field(min_length=1)
    never: tuple[Sentence, ...] = ()
    escalate: Sentence

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        faults = [one.fault for one in self.hypotheses]
        twice = sorted({one for one in faults if faults.count(one) > 1})
        if twice:
            raise ValueError(f"hypotheses names {', '.join(twice)} more than once")
        return self

    @property
    def article_id(self) -> str:
        """What the knowledge base calls it."""
        return f"RB-{self.id.replace('_', '-')}"

    @property
    def hinted_tools(self) -> tuple[str, ...]:
        """The tools of its steps, in their order."""
        return tuple(dict.fromkeys(tool for step in self.steps for tool in step.tools))

    def article(self) -> Article:
        """Return it as the knowledge base keeps it."""
        return Article(
            article_id=self.article_id,
            kind="runbook",
            title=self.title,
            services=self.applies_to.services,
            symptoms=" ".join(self.symptoms),
            cause=self.cause,
            fix=" ".join(step.say for step in self.fix),
            body=self._body(),
            trust_percent=80,
        )

    def _body(self) -> str:
        parts = [("Check", self.steps), ("Fix", self.fix), ("Verify", self.verify)]
        text = [f"## {title}\n" + "\n".join(_numbered(steps)) for title, steps in parts]
        if self.never:
            text.append("## Never\n" + "\n".join(f"- {sentence}" for sentence in self.never))
        faults = ", ".join(self.applies_to.faults)
        return "\n\n".join([f"Faults: {faults}", *text, f"## Escalate\n{self.escalate}"])


class StepTaken(Value):
    """What became of one step of a runbook."""

    number: int
    say: str
    outcome: str = Field(description="taken, combined (with another one) or skipped.")
    tools: tuple[str, ...] = ()
    in_step: int | None = Field(default=None, description="The agents' step that took it.")
    reason: str = ""


class Adjusted(Value):
    """One adjustment of a verdict's confidence that applied."""

    by: float
    condition: str
    because: str


class Unforeseen(Value):
    """Evidence that a verdict rests on and that no step of the runbook asks for."""

    source: str
    claim: str
    evidence_id: str


class RunbookTrace(Value):
    """How a runbook was used: what of it was done, and what it did not foresee."""

    runbook: str
    title: str
    steps: tuple[StepTaken, ...]
    raised: dict[str, float] = Field(description="Faults, and by what their prior was multiplied.")
    adjusted: tuple[Adjusted, ...] = ()
    confidence_before: float | None = None
    unforeseen: tuple[Unforeseen, ...] = ()
    foresaw_cause: bool | None = Field(
        default=None, description="Whether it names the fault that was found; null without one."
    )


def _numbered(steps: tuple[RunbookStep, ...]) -> list[str]:
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        with_what = step.action or ", ".join(step.tools)
        lines.append(f"{number}. {step.say}" + (f" (`{with_what}`)" if with_what else ""))
    return lines
