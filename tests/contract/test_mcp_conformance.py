"""Our entries before the official conformance suite, and our servers before its neutral part."""

from pathlib import Path

import pytest

from tests.support.node import BASELINES, conformance, needs_node
from tests.support.served import recorded, served

pytestmark = needs_node

FACES = ("http", "url", "invoke")
NEUTRAL = ("server-stateless", "tools-list", "caching", "dns-rebinding-protection")
SERVERS = ("monitoring", "incident", "operations", "fleet")


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize("face", FACES)
def test_an_entry_does_all_that_a_revision_requires_but_what_needs_a_stream(
    face: str, revision: str, tmp_path: Path
) -> None:
    own = BASELINES / f"{face}-{revision}.yml"
    baseline = own if own.is_file() else BASELINES / f"{revision}.yml"
    chosen = ("--requirements", revision, "--expected-failures", str(baseline))

    with served(["-m", "tests.support.conformance_server", face, "0"]) as server:
        done = conformance(server.url, *chosen, folder=tmp_path)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_of_ours_passes_what_the_suite_asks_of_any_server(
    name: str, an_outage: Path, tmp_path: Path
) -> None:
    place = "cold-chain" if name == "fleet" else an_outage

    with served([*recorded(name, place), "--transport", "http", "--port", "0"]) as server:
        done = [
            conformance(
                server.url,
                "--scenario",
                scenario,
                "--spec-version",
                "2026-07-28",
                "--expected-failures",
                str(BASELINES / "any-server.yml"),
                folder=tmp_path,
            )
            for scenario in NEUTRAL
        ]

    assert [one.returncode for one in done] == [0] * len(NEUTRAL), "\n".join(
        one.stdout[-1500:] for one in done if one.returncode
    )
