"""What RDS and Performance Insights tell of a database, beside its metrics and its log."""

from pydantic import Field

from itops_core.domain.values import Value


class DatabaseEvent(Value):
    """An event of RDS."""

    message: str
    categories: tuple[str, ...] = ()
    after_minutes: float = Field(default=0, description="From the onset; may be negative.")


class Statement(Value):
    """A statement among the top ones, in average active sessions."""

    sql: str
    load: float = Field(gt=0)
    waits: dict[str, float] = Field(default_factory=dict, description="Load by wait event.")


class DatabaseStory(Value):
    """What there is to tell of one database."""

    service: str
    events: tuple[DatabaseEvent, ...] = ()
    statements: tuple[Statement, ...] = Field(
        default=(), description="None: Performance Insights is not switched on."
    )
