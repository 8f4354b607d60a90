"""Dead-letter queues: their state, and what sending their messages back would do."""

from collections.abc import Mapping
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import BlastSize
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.assessment import Outlook


class QueueState(Value):
    """A queue as it is now, and the queues whose failed messages end up in it."""

    arn: str
    queue_name: str
    url: str
    messages: int
    in_flight: int = 0
    source_arns: tuple[str, ...] = ()
    moved_at: int = 0
    """When messages were last sent back, in milliseconds by AWS's clock; 0 for never."""
    move_status: str = ""

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.queue_name

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the queues that messages go back to."""
        return tuple(arn.rsplit(":", 1)[-1] for arn in self.source_arns)

    @property
    def state_hash(self) -> str:
        """Emptied or sent back by others, or leading elsewhere, is not what they said yes to."""
        return sha256_of([self.arn, self.source_arns, self.messages > 0, self.moved_at])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        counted = self.model_dump(
            mode="json", include={"messages", "in_flight", "moved_at", "move_status"}
        )
        return {**counted, "sources": list(self.sources)}

    @property
    def bound(self) -> frozenset[str]:
        """Where its messages go, and when they last did."""
        return frozenset({"sources", "moved_at"})

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """What comes to the queues that its messages go back to."""
        sent = tuple(
            TrafficMetric(
                namespace="AWS/SQS",
                metric="NumberOfMessagesSent",
                dimensions={"QueueName": source},
                unit="messages",
            )
            for source in self.sources
        )
        return (sent,) if sent else ()

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this queue, or the one it catches the failures of."""
        return entry.kind == "queue" and entry.resource in {
            self.queue_name,
            self.arn,
            *self.sources,
            *self.source_arns,
        }

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether nobody has sent its messages back since."""
        return self.moved_at == recorded.get("moved_at")


def redrive_queue_outlook(state: QueueState, large: int) -> Outlook:
    """Return what sending every message back would do; more than `large` is a flood."""
    fault = None
    if not state.sources:
        fault = f"{state.queue_name} is no dead-letter queue: no queue sends its failures there"
    elif state.move_status == "RUNNING":
        fault = f"the messages of {state.queue_name} are being sent back right now"
    elif state.messages < 1:
        fault = f"{state.queue_name} is empty: there is nothing to send back"
    flood = state.messages > large
    return Outlook(
        after={**state.shown, "messages": 0, "move_status": "RUNNING"},
        note=(
            f"{state.messages} messages go back to {', '.join(state.sources)} and are worked "
            "through again; what fails again comes back by itself."
        ),
        fault=fault,
        riskier=f"{state.messages} messages at once are a flood" if flood else None,
        blast=BlastSize.MEDIUM if flood else BlastSize.SMALL,
    )
