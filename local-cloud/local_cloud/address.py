"""Where a local cloud answers, and clients for it."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT_KEY = "test"
STACK = "ITOps"
CLOUD_FILE = "cloud.json"
TOKEN_FILE = "token"  # noqa: S105  # a file's name, not a secret

_CLIENT = Config(
    connect_timeout=5,
    read_timeout=90,
    proxies={},
    retries={"mode": "standard", "total_max_attempts": 3},
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True)
class Address:
    """One running local cloud: its folder, its AWS endpoint and its front door."""

    folder: Path
    endpoint_url: str
    front_url: str
    pid: int
    xray_url: str = ""
    """Where X-Ray answers: it is the one service that has an endpoint of its own."""

    @property
    def ui_url(self) -> str:
        """The web page."""
        return f"{self.front_url}/"

    @property
    def api_url(self) -> str:
        """The REST API; paths such as `/incidents` go behind it."""
        return f"{self.front_url}/api"

    @property
    def port(self) -> int:
        """The port of the AWS endpoint."""
        return int(self.endpoint_url.rsplit(":", 1)[1])

    @property
    def front_port(self) -> int:
        """The port of the front door."""
        return int(self.front_url.rsplit(":", 1)[1])

    @property
    def xray_port(self) -> int:
        """The port of X-Ray."""
        return int(self.xray_url.rsplit(":", 1)[1])

    @property
    def token(self) -> str:
        """The administrator's API token that `bring_up` minted; empty before that."""
        path = self.folder / TOKEN_FILE
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the deployed stack, asked for each time; a missing stack raises."""
        return self.outputs_of(STACK)

    def outputs_of(self, stack: str) -> dict[str, str]:
        """Return the outputs of the stack of that name."""
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}

    def client(self, name: str) -> Any:  # noqa: ANN401  # boto3 has one type per service
        """Return a boto3 client that acts as the account's root."""
        endpoint = self.xray_url if name == "xray" and self.xray_url else self.endpoint_url
        return _session().client(name, endpoint_url=endpoint, config=_CLIENT)

    def resource(self, name: str) -> Any:  # noqa: ANN401  # boto3 has one type per service
        """Return a boto3 resource that acts as the account's root."""
        return _session().resource(name, endpoint_url=self.endpoint_url, config=_CLIENT)

    def environment(self) -> dict[str, str]:
        """Return the variables that point any AWS tool at this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            **({"AWS_ENDPOINT_URL_XRAY": self.xray_url} if self.xray_url else {}),
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def to_json(self) -> dict[str, Any]:
        """Return what stands in `cloud.json`."""
        return {
            "pid": self.pid,
            "endpoint_url": self.endpoint_url,
            "front_url": self.front_url,
            "xray_url": self.xray_url,
        }


def _session() -> Any:  # noqa: ANN401  # boto3 has one type per service
    """Return a session that reads neither profiles nor files of the person who runs this."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    core.register_component("data_loader", _service_models())
    return boto3.Session(
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        region_name=REGION,
        botocore_session=core,
    )


@lru_cache
def _service_models() -> Loader:
    """Return what reads the descriptions of services; it keeps them, they take long to read."""
    return create_loader()


def read_address(folder: Path) -> Address | None:
    """Return the address that the cloud of `folder` wrote last, whether it runs or not."""
    try:
        found = json.loads((folder / CLOUD_FILE).read_text(encoding="utf-8"))
        return Address(
            folder,
            found["endpoint_url"],
            found["front_url"],
            int(found["pid"]),
            found.get("xray_url", ""),
        )
    except (FileNotFoundError, ValueError, KeyError):
        return None


def write_address(address: Address) -> None:
    """Put the address where `read_address` finds it; a reader never sees half of it."""
    path = address.folder / CLOUD_FILE
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(address.to_json(), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
