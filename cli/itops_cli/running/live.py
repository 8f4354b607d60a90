"""A deployment as a stage: the local cloud if one runs, else AWS by the environment's credentials.

What the deployed watchdog function is told of is what this process is told of, too; the tool
servers are the deployed ones. Steps and evidence of a run stay in this process: without
`--allow-write` nothing is written anywhere.
"""

import os
from dataclasses import replace
from typing import Any

from itops_cli.connection import home
from itops_cli.failures import OutOfReachError, aws_errors_told
from itops_cli.investigation.stores import memory_stores
from itops_cli.running.plan import Plan
from itops_cli.running.stage import Stage
from itops_core import settings
from itops_core.domain.values import utc_now
from itops_core.tools.lambda_gateway import LambdaToolGateway
from monitoring_server.recorded.recording import Recording

_SERVERS = ("monitoring", "incident", "operations", "fleet")
_PREFIX = "ITOPS_NAME_PREFIX"


def live_stage(plan: Plan) -> Stage:
    """Return the deployment, or raise an error that says how to name one."""
    from local_cloud import cloud  # noqa: PLC0415 - slow, and of no use to recorded runs

    address = cloud.status(home(plan.folder))
    with aws_errors_told():
        if address is not None:
            prefix = address.outputs["RuntimeTable"].removesuffix("-Runtime")
            told = _told_to(address.client("lambda"), prefix)
            _become({**told, **address.environment()})
        else:
            _become(_told_to(_aws_lambda(), os.environ.get(_PREFIX, "ITOps")))
        return _stage(plan, "local cloud" if address is not None else "aws")


def _aws_lambda() -> Any:  # noqa: ANN401 - boto3's client
    import boto3  # noqa: PLC0415 - slow

    session = boto3.Session()
    if session.get_credentials() is None:
        raise OutOfReachError(
            "neither a local cloud nor credentials of AWS: start one with `itops local up`, "
            "or leave --no-mock out to look at a recorded night"
        )
    return session.client("lambda")


def _told_to(client: Any, prefix: str) -> dict[str, str]:  # noqa: ANN401
    found = client.get_function_configuration(FunctionName=f"{prefix}-Watchdog")
    return dict(found.get("Environment", {}).get("Variables", {}))


def _become(environment: dict[str, str]) -> None:
    """Know in this process what a deployed function knows."""
    # What this machine says of itself (a key for a model, an override) stands above it.
    own = {name: value for name, value in os.environ.items() if value}
    aws = {name: value for name, value in environment.items() if name.startswith("AWS_")}
    os.environ.update({**environment, **own, **aws})
    settings.places.cache_clear()
    settings.config.cache_clear()


def _stage(plan: Plan, world: str) -> Stage:
    from itops_core.wiring import stores as tables  # noqa: PLC0415 - by the environment
    from itops_core.wiring.clients import client  # noqa: PLC0415

    timeout = plan.config.tools.timeout_seconds
    catalog = tables.catalog().list()
    memory = memory_stores(catalog)
    places = settings.places()
    return Stage(
        world=world,
        recording=Recording(recorded_at=utc_now(), catalog=catalog),
        stores=replace(
            memory,
            incidents=tables.incidents(),
            approvals=tables.approvals(),
            catalog=tables.catalog(),
        ),
        gateways={
            server: LambdaToolGateway(
                server, places[f"{server.upper()}_SERVER_FUNCTION"], client("lambda"), timeout
            )
            for server in _SERVERS
        },
        now=utc_now,
    )
