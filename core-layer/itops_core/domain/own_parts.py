"""The parts of ITOps itself, as the catalog knows them: its state machine and its functions."""

from collections.abc import Iterable, Mapping

from itops_core.domain.catalog import CatalogEntry

OWN = "itops:"
"""What the catalog's names for them begin with."""

MACHINE = f"{OWN}IncidentResponse"
_OWNER = "whoever runs ITOps"


def is_own(service: str) -> bool:
    """Whether that is a part of ITOps itself."""
    return service.startswith(OWN)


def own_entries(outputs: Mapping[str, str]) -> tuple[CatalogEntry, ...]:
    """Return the entries of a deployed stack, from its outputs."""
    environment = outputs["EnvironmentName"]
    prefix = outputs["IncidentsTable"].removesuffix("-Incidents")
    names = [name for name in outputs["Functions"].split(",") if name]
    functions = tuple(_function(name, prefix, environment) for name in names)
    return (_machine(outputs["StateMachineArn"], prefix, environment, functions), *functions)


def _machine(
    arn: str, prefix: str, environment: str, functions: Iterable[CatalogEntry]
) -> CatalogEntry:
    return CatalogEntry(
        entry_id=MACHINE,
        kind="pipeline",
        environment=environment,
        owner=_OWNER,
        description="The workflow that every incident goes through.",
        state_machine_arn=arn,
        log_groups=(f"/aws/vendedlogs/states/{prefix}-IncidentResponse",),
        depends_on=tuple(one.entry_id for one in functions),
        repeatable=False,
    )


def _function(name: str, prefix: str, environment: str) -> CatalogEntry:
    return CatalogEntry(
        entry_id=f"{OWN}{name.removeprefix(f'{prefix}-')}",
        kind="lambda",
        environment=environment,
        owner=_OWNER,
        description="A function of ITOps itself.",
        resource=name,
        log_groups=(f"/aws/lambda/{name}",),
    )
