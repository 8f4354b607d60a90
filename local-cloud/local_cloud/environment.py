"""The whole environment of the emulator and, through it, of every Lambda worker.

Nothing is inherited but the path of programs: a developer's AWS profile, proxy or model key must
neither reach the emulated functions nor change how they behave.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from local_cloud.address import ACCOUNT, REGION, ROOT_KEY
from local_cloud.custody import LOCK_FILE

WORKERS_PER_FUNCTION = 2
"""How many invocations of one function run at once; the others queue.

A worker holds 45 to 90 MB: with two of each the whole cloud stays below 3 GB under full load.
"""


@dataclass(frozen=True)
class Folders:
    """Where a cloud keeps its things."""

    root: Path

    @property
    def state(self) -> Path:
        """What the emulated services remember."""
        return self.root / "state"

    @property
    def objects(self) -> Path:
        """The emulated buckets."""
        return self.root / "s3"

    @property
    def temporary(self) -> Path:
        """Unpacked functions; emptied at every start."""
        return self.root / "tmp"

    @property
    def home(self) -> Path:
        """An empty home, so that nobody's `~/.aws` is read."""
        return self.root / "home"

    @property
    def log(self) -> Path:
        """What the launcher prints."""
        return self.root / "cloud.log"

    @property
    def lock(self) -> Path:
        """What `custody` locks."""
        return self.root / LOCK_FILE


def base_environment(folders: Folders) -> dict[str, str]:
    """Return what any process of the cloud needs, workers included."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folders.home),
        "TMPDIR": str(folders.temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def emulator_environment(folders: Folders, port: int) -> dict[str, str]:
    """Return what MiniStack reads at import, on top of the base."""
    return {
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folders.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folders.objects),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "MINISTACK_WORKER_THREADS": "128",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "LOG_LEVEL": "WARNING",
    }


EMULATOR_ONLY = (
    "AUTH",
    "PERSIST_STATE",
    "STATE_DIR",
    "S3_PERSIST",
    "S3_DATA_DIR",
    "BIND_HOST",
    "MINISTACK_ACCOUNT_ID",
    "MINISTACK_REGION",
    "MINISTACK_WORKER_THREADS",
    "SFTP_ENABLED",
    "IOT_MTLS_ENABLED",
    "DOCKER_HOST",
    "LOG_LEVEL",
    "GATEWAY_PORT",
)
"""Variables that a worker inherits from the emulator and has no business seeing."""
