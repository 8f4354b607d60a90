"""`itops mcp serve` as people and MCP hosts start it: both transports, every server, no cloud."""

import signal
import subprocess
import sys
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.served import environment, served

TOKEN = "a-token-that-nobody-guesses"
ANYWHERE = "0.0.0.0"  # noqa: S104 - what a test asks for, and is refused
_SERVE = ["-P", "-c", "from itops_cli.main import main; main()", "mcp", "serve"]


def serve(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *_SERVE, *arguments],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


async def tools_of(url: str, **headers: str) -> int:
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        return len((await client.list_tools()).tools)


@pytest.mark.parametrize(("name", "place"), [("incident", "payment-oom"), ("fleet", "cold-chain")])
def test_a_recording_is_served_over_http_until_the_server_is_told_to_end(
    name: str, place: str
) -> None:
    arguments = [*_SERVE, name, "--transport", "http", "--port", "0", "--recorded", place]

    with served(arguments) as server:
        assert anyio.run(tools_of, server.url) >= 4
        server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=60)

    assert server.process.returncode == 0


def test_a_token_is_asked_for_and_no_secret_of_the_machine_is_handed_on() -> None:
    arguments = [*_SERVE, "fleet", "--transport", "http", "--port", "0", "--recorded", "cold-chain"]

    with served([*arguments, "--token", TOKEN], {"AWS_SECRET_ACCESS_KEY": "a-secret"}) as server:
        own = Path(f"/proc/{server.process.pid}")
        shown, told = (
            (own / name).read_bytes() if own.is_dir() else b"" for name in ("cmdline", "environ")
        )
        bare = httpx2.post(server.url, json={}, timeout=60)
        count = anyio.run(lambda: tools_of(server.url, authorization=f"Bearer {TOKEN}"))

    assert TOKEN.encode() not in shown
    assert b"a-secret" not in told
    assert bare.status_code == 401
    assert bare.headers["www-authenticate"].startswith("Bearer")
    assert count == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--host", ANYWHERE), "serving there needs a token"),
        (("--host", ANYWHERE, "--token", "short"), "at least 16 characters"),
        (("--host", "no.such.host.invalid", "--token", TOKEN), "cannot serve at"),
        (("--recorded", "no-such-scenario"), "no-such-scenario"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_sentence(arguments: tuple[str, ...], told: str) -> None:
    given = arguments if "--recorded" in arguments else (*arguments, "--recorded", "cold-chain")

    done = serve("fleet", "--transport", "http", "--port", "0", *given)

    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    arguments = [*_SERVE, "fleet", "--transport", "http", "--port", "0", "--recorded", "cold-chain"]

    with served(arguments) as server:
        port = server.url.rsplit(":", 1)[1].split("/")[0]
        second = serve("fleet", "--transport", "http", "--port", port, "--recorded", "cold-chain")

    assert second.returncode == 1
    assert f"port {port}: Address already in use; name another with --port" in second.stderr
