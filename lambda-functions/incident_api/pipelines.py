"""Pipelines and services: what there is, what failed, how it develops, what they share."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incident_api.bodies import ServiceName, Text
from incident_api.operations import Call, Resource
from incident_api.views import CatalogPage
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.people import Role
from itops_core.domain.pipelines import (
    PipelineFailures,
    PipelineTrend,
    SharedCausesFound,
    seen_as,
)
from itops_core.domain.question import MOST_HOURS
from itops_core.domain.values import Value
from itops_core.errors import ConflictError, ForbiddenError, InvalidInputError
from itops_core.settings import places
from itops_core.wiring import stores
from itops_core.wiring.clients import client
from itops_core.wiring.workflow import looker
from itops_core.workflow.chatting import named
from itops_core.workflow.discovery import Found, discovered, judged

resource = Resource("pipelines")
_ARN = r"^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_.-]{1,80}$"
_AWAY = (HTTPStatus.SERVICE_UNAVAILABLE,)
_Line = Annotated[str, StringConstraints(max_length=300)]


class NewPipeline(Value):
    """A pipeline or service, as its owner describes it."""

    entry_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
    kind: Literal["pipeline", "lambda", "ecs_service", "table", "queue", "api", "database",
                  "external", "other"] = "pipeline"  # fmt: skip
    state_machine_arn: Annotated[str, StringConstraints(pattern=_ARN)] | None = None
    resource: _Line | None = None
    tier: int = Field(default=2, ge=1, le=4)
    owner: _Line = ""
    description: Text = ""
    log_groups: tuple[_Line, ...] = Field(default=(), max_length=20)
    depends_on: tuple[ServiceName, ...] = Field(default=(), max_length=50)
    runbook: _Line | None = None
    repeatable: bool | None = None


class Discovery(Value):
    """Whether what is found is put into the catalog."""

    apply: bool = Field(default=False, description="Write what is new; else only tell.")


class DiscoveredPage(Value):
    """What was found by tags and in stacks, and what becomes of it."""

    items: tuple[Found, ...]
    written: tuple[str, ...] = Field(description="The entries that were put into the catalog.")


class PipelineQuery(Value):
    """Which entries."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] | None = None


class HoursQuery(Value):
    """How far back."""

    hours_back: int = Field(default=24, ge=1, le=MOST_HOURS)


class DaysQuery(Value):
    """How many days."""

    days: int = Field(default=7, ge=2, le=14)


@resource.operation("GET /pipelines", role=Role.VIEWER, answer=CatalogPage)
def list_pipelines(call: Call[None, PipelineQuery]) -> CatalogPage:
    """List the services and pipelines of the catalog."""
    kind = call.query.kind
    known = stores.catalog().list()
    return CatalogPage(items=tuple(one for one in known if kind in (None, one.kind)))


@resource.operation(
    "POST /pipelines",
    role=Role.APPROVER,
    answer=CatalogEntry,
    status=HTTPStatus.CREATED,
    idempotent=True,
)
def add_pipeline(call: Call[NewPipeline, None]) -> CatalogEntry:
    """Register a pipeline or service; what stands under its name already is not touched.

    For approvers: what is in the catalog, and how critical, decides what is done without asking.
    """
    new = call.body
    if new.kind == "pipeline" and new.state_machine_arn is None:
        raise InvalidInputError("a pipeline needs its state_machine_arn")
    environment = places().get("ITOPS_ENVIRONMENT", "sandbox")
    entry = CatalogEntry(**dict(new), environment=environment)
    stands = stores.catalog().add(entry)
    if stands.discovered and stores.catalog().replace_discovered(entry):
        return entry
    if stands != entry:
        raise ConflictError(f"{entry.entry_id} is in the catalog already, and is another")
    return stands


@resource.operation(
    "POST /pipelines/discover", role=Role.RESPONDER, answer=DiscoveredPage, also=_AWAY
)
def discover_pipelines(call: Call[Discovery, None]) -> DiscoveredPage:
    """Find pipelines by resource tags and in CloudFormation stacks; a person's entries stay.

    Any responder may look; putting what was found into the catalog is for approvers.
    """
    if call.body.apply and not call.caller.role.at_least(Role.APPROVER):
        raise ForbiddenError("only an approver puts into the catalog what was found")
    environment = places().get("ITOPS_ENVIRONMENT", "sandbox")
    store = stores.catalog()
    found = tuple(judged(discovered(client, environment), store.list()))
    written = tuple(
        one.entry.entry_id
        for one in found
        if call.body.apply
        and one.fate in ("new", "updated")
        and store.replace_discovered(one.entry)
    )
    return DiscoveredPage(items=found, written=written)


@resource.operation("GET /pipelines/<pipeline_id>", role=Role.VIEWER, answer=CatalogEntry)
def get_pipeline(call: Call[None, None]) -> CatalogEntry:
    """Show one service or pipeline."""
    return _entry(call.path["pipeline_id"])


@resource.operation(
    "GET /pipelines/<pipeline_id>/failures", role=Role.VIEWER, answer=PipelineFailures, also=_AWAY
)
def list_pipeline_failures(call: Call[None, HoursQuery]) -> PipelineFailures:
    """List what failed of a pipeline, grouped by state, error and cause."""
    name = pipeline_entry(call.path).entry_id
    asked = {"state_machine": name, "hours_back": call.query.hours_back}
    return seen_as(PipelineFailures, looker().look("failures", asked))


@resource.operation(
    "GET /pipelines/<pipeline_id>/trend", role=Role.VIEWER, answer=PipelineTrend, also=_AWAY
)
def get_pipeline_trend(call: Call[None, DaysQuery]) -> PipelineTrend:
    """Count failures by day and tell whether they become more, or that there are too few."""
    asked = {"state_machine": pipeline_entry(call.path).entry_id, "days": call.query.days}
    return seen_as(PipelineTrend, looker().look("trend", asked))


@resource.operation("GET /shared-causes", role=Role.VIEWER, answer=SharedCausesFound, also=_AWAY)
def get_shared_causes(call: Call[None, HoursQuery]) -> SharedCausesFound:
    """Find what explains several failing pipelines, apart from what they merely share."""
    return seen_as(
        SharedCausesFound, looker().look("shared", {"hours_back": call.query.hours_back})
    )


def _entry(name: str) -> CatalogEntry:
    return named(name, stores.catalog().list())


def pipeline_entry(path: Mapping[str, str]) -> CatalogEntry:
    """Return the pipeline in a path, or raise an error where it is none."""
    entry = _entry(path["pipeline_id"])
    if entry.kind != "pipeline":
        raise InvalidInputError(f"{entry.entry_id} is a {entry.kind}, no pipeline: it has no runs")
    return entry
