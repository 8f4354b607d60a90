"""Which API the command line talks to, and as whom.

`ITOPS_API_URL` with `ITOPS_API_TOKEN` wins; else it is the local cloud whose state is in the
folder given by `--folder` or `ITOPS_HOME`, by default `.itops` in the checkout.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from itops_cli.failures import OutOfReachError
from itops_core.errors import InvalidInputError

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Connection:
    """An API's address and the token to show it."""

    api_url: str
    token: str = field(repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine, so that no proxy is asked."""
        return _is_loopback(self.api_url)


def home(folder: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that holds the local cloud's state."""
    chosen = folder or (Path(environment["ITOPS_HOME"]) if environment.get("ITOPS_HOME") else None)
    return (chosen or _CHECKOUT / ".itops").expanduser().absolute()


def deployment_named(environment: Mapping[str, str] = os.environ) -> str:
    """Return the API that `ITOPS_API_URL` names; empty where the local cloud is meant."""
    return environment.get("ITOPS_API_URL", "").strip().rstrip("/")


def connection(
    folder: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Connection:
    """Return where to send requests, or raise an error that says how to set it."""
    url = deployment_named(environment)
    if not url:
        return local_connection(home(folder, environment))
    token = environment.get("ITOPS_API_TOKEN", "").strip()
    if not token:
        raise InvalidInputError("ITOPS_API_URL is set but ITOPS_API_TOKEN is not; set both")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInputError(f"ITOPS_API_URL is no web address: {url!r}")
    if parts.scheme == "http" and not _is_loopback(url):
        raise InvalidInputError(
            "ITOPS_API_URL is plain http to another machine: the token would travel unencrypted"
        )
    return Connection(url, token)


def local_connection(folder: Path) -> Connection:
    """Return the connection to the local cloud kept in `folder`."""
    cloud = _read_cloud(folder / "cloud.json")
    token_file = folder / "token"
    if not token_file.is_file():
        raise OutOfReachError(f"{folder} holds no API token; run `itops local up` to make one")
    return Connection(
        f"{str(cloud['front_url']).rstrip('/')}/api",
        token_file.read_text(encoding="utf-8").strip(),
    )


def _read_cloud(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise OutOfReachError(
            f"no local cloud in {path.parent}; start one with `itops local up`, or set "
            "ITOPS_API_URL and ITOPS_API_TOKEN"
        )
    try:
        cloud = json.loads(path.read_text(encoding="utf-8"))
        cloud["front_url"]
    except (ValueError, KeyError, TypeError) as error:
        raise OutOfReachError(f"{path} cannot be read; run `itops local up` again") from error
    return cloud


def _is_loopback(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
