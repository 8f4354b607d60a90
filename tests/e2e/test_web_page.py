"""The web console as files: what a browser may do with it, and that it hangs together."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from local_cloud.front import PAGE_POLICY
from local_cloud.media_types import cache_control, content_type
from tests.support.console_files import (
    CHECKOUT,
    DIST,
    MODULES,
    PAGES,
    SOURCES,
    UI,
    first_files,
    over_the_wire,
)

_KB = 1000
_TOKEN = r"--color-[a-z][a-z0-9-]*-[a-z0-9]{6}"  # the name of a design token

needs_build = pytest.mark.skipif(
    not (DIST / "index.html").is_file(),
    reason="the console is NOT built: `make console` does it where npm's registry is in reach",
)
needs_modules = pytest.mark.skipif(
    not (MODULES / "openapi-typescript").is_dir(),
    reason="the console's checks are NOT there: `python3 scripts/build_console.py --check`",
)


def _read(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: allowed for name, _, allowed in parts}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_lets_no_script_in_but_its_own(page: str) -> None:
    html = (UI / page).read_text(encoding="utf-8")

    found = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert found
    policy = _read(found[1])
    assert set(policy.values()) == {"'self'", "'none'"}
    assert policy["script-src"] == "'self'"
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*src=)", html)


def test_the_policy_that_is_sent_with_the_page_closes_everything_else() -> None:
    policy = _read(PAGE_POLICY)

    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) == {"'self'", "'none'"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_data_never_becomes_markup_or_code(source: Path) -> None:
    text = source.read_text(encoding="utf-8")

    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, text)
    assert "://" not in text
    assert len(text.splitlines()) <= 250


def test_every_dependency_is_exact_and_the_lock_names_no_host() -> None:
    package = json.loads((UI / "package.json").read_text(encoding="utf-8"))
    lock = (UI / "package-lock.json").read_text(encoding="utf-8")

    versions = {**package["dependencies"], **package["devDependencies"]}.values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert '"resolved"' not in lock


@needs_modules
def test_the_types_are_those_of_the_api(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    program = MODULES / "openapi-typescript" / "bin" / "cli.js"

    done = subprocess.run(
        ["node", program, CHECKOUT / "docs" / "openapi.json", "--output", made],
        cwd=UI,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    kept = (UI / "src" / "api" / "schema.d.ts").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == kept, "run: make openapi"


@needs_modules
def test_every_colour_of_the_parts_is_known_to_the_components() -> None:
    packages = MODULES / "@cloudscape-design"

    def told(package: str, *kinds: str) -> str:
        files = (path for path in (packages / package).rglob("*") if path.suffix in kinds)
        return "\n".join(path.read_text(errors="replace") for path in files if path.is_file())

    defined = set(re.findall(rf'({_TOKEN})"?:', told("components", ".css", ".js")))
    used = set(re.findall(rf"var\(({_TOKEN})", told("chat-components", ".css")))
    assert used
    assert used <= defined


@needs_build
def test_the_first_page_and_the_approval_stay_within_their_budgets() -> None:
    assert over_the_wire(first_files("index.html")) <= 420 * _KB
    assert over_the_wire(first_files("approve.html")) <= 60 * _KB


@needs_build
def test_what_is_named_by_its_content_is_kept_for_ever_and_pages_are_not() -> None:
    names = [path.relative_to(DIST).as_posix() for path in DIST.rglob("*") if path.is_file()]

    assert all("immutable" in cache_control(name) for name in names if name.startswith("assets/"))
    assert cache_control("index.html") == cache_control("config.json") == "no-cache"
    assert all(content_type(name) != "application/octet-stream" for name in names)
