"""The two AWS scripts, for real: `sam deploy` of the whole template, twice, and the way back."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.accounts import Account

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.timeout(1800)

_CHECKOUT = Path(__file__).parents[2]
_SAM = _CHECKOUT / ".venv-sam" / "bin" / "sam"
_PATIENCE_SECONDS = 900

needs_sam = pytest.mark.skipif(
    not _SAM.is_file(), reason="no SAM command line: requirements/sam.txt could not be installed"
)


@needs_sam
def test_deploy_converges_and_cleanup_leaves_nothing(account: Account, tmp_path: Path) -> None:
    first = _run("deploy.sh", account, tmp_path, "--parameter", "Cloud=embedded")
    switched = account.client("ssm").put_parameter(
        Name="/ITOps/actions-enabled", Value="on", Overwrite=True
    )
    second = _run("deploy.sh", account, tmp_path, "--parameter", "Cloud=embedded")

    assert first.returncode == 0, first.stdout + first.stderr
    assert "ITOps is up" in first.stdout
    assert "Actions are OFF" in first.stdout
    assert re.search(r"admin token +itops_\S+", first.stdout)
    assert switched["Version"] > 1
    assert second.returncode == 0, second.stdout + second.stderr
    assert "there is one already" in second.stdout
    assert "Actions are ON" in second.stdout, "a deployment does not turn the kill switch"
    assert _seeded(account) > 0
    assert "index.html" in _page(account)

    refused = _run("cleanup.sh", account, tmp_path)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr

    _leave_evidence(account)
    gone = _run("cleanup.sh", account, tmp_path, "--yes")
    again = _run("cleanup.sh", account, tmp_path, "--yes")

    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("logs").describe_log_groups()["logGroups"] == []
    assert again.returncode == 0
    assert "there is no stack" in again.stdout


def test_without_credentials_the_script_says_what_to_do(account: Account, tmp_path: Path) -> None:
    environment = _environment(account, tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environment[name]

    ran = subprocess.run(
        [_CHECKOUT / "cleanup.sh", "--yes"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )

    assert ran.returncode == 2
    assert "aws sso login" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_region_the_script_says_what_to_do(account: Account, tmp_path: Path) -> None:
    environment = _environment(account, tmp_path)
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        del environment[name]

    ran = subprocess.run(
        [_CHECKOUT / "cleanup.sh", "--yes"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )

    assert ran.returncode == 2
    assert "--region" in ran.stderr


def _run(
    script: str, account: Account, home: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_CHECKOUT / script, *arguments],
        env=_environment(account, home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )


def _environment(account: Account, home: Path) -> dict[str, str]:
    """A user's environment, without this machine's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | account.environment | {"HOME": str(home), "UV_CACHE_DIR": _uv_cache()}


def _uv_cache() -> str:
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return os.environ.get("UV_CACHE_DIR") or f"{caches}/uv"


def _seeded(account: Account) -> int:
    return account.client("dynamodb").scan(TableName="ITOps-KnowledgeBase")["Count"]


def _output(account: Account, key: str) -> str:
    stack = account.client("cloudformation").describe_stacks(StackName="ITOps")["Stacks"][0]
    return next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == key)


def _page(account: Account) -> set[str]:
    listed = account.client("s3").list_objects_v2(Bucket=_output(account, "UiBucket"))
    return {item["Key"] for item in listed["Contents"]}


def _leave_evidence(account: Account) -> None:
    bucket = _output(account, "EvidenceBucket")
    for body in (b"first", b"second"):
        account.client("s3").put_object(Bucket=bucket, Key="evidence/INC-0/EV-0.json", Body=body)
