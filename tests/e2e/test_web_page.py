"""The web page as files: what a browser may do with it, and that it hangs together."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "web-ui"
HTML = (PAGE / "index.html").read_text(encoding="utf-8")
SCRIPTS = sorted(PAGE.rglob("*.js"))


def test_the_content_security_policy_allows_this_origin_alone() -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', HTML)
    assert found
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))

    assert policy.pop("default-src") == "'none'"
    assert policy.pop("require-trusted-types-for") == "'script'"
    assert set(policy.values()) == {"'self'", "'none'"}


def test_nothing_stands_inline_that_the_policy_would_block() -> None:
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*src=)", HTML)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_data_never_becomes_markup_or_code(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, text)
    assert "://" not in text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_import_leads_to_a_file_that_exports_it(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    for names, place in re.findall(r'^import (.+) from "([^"]+)";$', text, re.MULTILINE):
        target = (script.parent / place).read_text(encoding="utf-8")
        for name in re.findall(r"\w+", names) if names.startswith("{") else ():
            assert re.search(rf"^export (async )?(function|class|const) {name}\b", target, re.M)


def test_every_colour_is_defined_for_both_schemes() -> None:
    css = (PAGE / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*)\}", css)

    colours = set(re.findall(r"(--[\w-]+):\s*#", light))
    assert colours == set(re.findall(r"(--[\w-]+):\s*#", dark))
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= colours | {"--radius"}
