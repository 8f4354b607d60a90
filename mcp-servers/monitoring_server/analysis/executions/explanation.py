"""What an explanation of an execution consists of."""

from pydantic import Field

from itops_core.domain.executions import AttemptTold
from itops_core.domain.values import Confidence, Moment, Value
from monitoring_server.analysis.executions.causes import ErrorFacts


class Whereabout(Value):
    """The Map iteration or Parallel branch that something happened in."""

    owner: str
    kind: str = Field(description="iteration or branch.")
    index: int | None
    exact: bool = Field(default=True, description="False: counted here, not told by the history.")


class Items(Value):
    """How the items of the Map around a failure fared, and how the failed one differs."""

    map: str
    length: int | None
    index: int | None
    succeeded: int
    failed: int
    unlike_the_others: tuple[str, ...] = Field(
        default=(), description="Where the failed item has another shape than its siblings."
    )


class RetryPath(Value):
    """How a state was tried again, and the rules that decided it."""

    state: str
    attempts: tuple[AttemptTold, ...]
    retries: int
    rule: str = Field(default="", description="The Retry rule that fits the last error.")
    exhausted: bool = Field(default=False, description="The rule allowed no further try.")
    caught_by: str = Field(default="", description="The state that Catch led to.")


class FailedState(Value):
    """The state that failed, where it stood, and what it was given."""

    name: str
    kind: str
    integration: str = ""
    target: str = ""
    language: str = ""
    where: tuple[Whereabout, ...] = Field(default=(), description="The innermost first.")
    entered_at: Moment
    seconds: float | None = None
    timeout_seconds: float | None = None
    heartbeat_seconds: float | None = None
    input: str = Field(default="", description="Without secrets, shortened.")
    item: str = Field(default="", description="What the failed Map iteration was given.")
    items: Items | None = Field(default=None, description="Inside a Map only.")
    definition: str = Field(default="", description="Its part of the definition, shortened.")


class Handled(Value):
    """A failure that the execution went on from."""

    state: str
    error: str
    message: str
    caught_by: str
    retries: int


class Passage(Value):
    """One state on the way; inside a Map only what failed is told."""

    state: str
    kind: str
    outcome: str
    seconds: float | None
    attempts: int = 0


class Explanation(Value):
    """Why an execution ended as it did."""

    status: str
    summary: str
    failed_state: FailedState | None = None
    ended_in: str = Field(default="", description="The state it ended in, where that is another.")
    decided_by: str = Field(default="", description="The Choice that led to a Fail state.")
    error: ErrorFacts | None = None
    retries: RetryPath | None = None
    handled: tuple[Handled, ...] = ()
    path: tuple[Passage, ...] = ()
    follow: tuple[str, ...] = Field(default=(), description="Executions to look into next.")
    family: str = Field(default="", description="State, error and the cause's template.")
    started_at: Moment | None = None
    ended_at: Moment | None = None
    seconds: float = 0
    events: int = 0
    transitions: int = 0
    redrives: int = 0
    confidence: Confidence = 0
    gaps: tuple[str, ...] = ()
