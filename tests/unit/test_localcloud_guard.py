"""Who may talk to the local cloud: this machine's own programs and its own pages."""

from typing import Any

import pytest

from local_cloud.guard import refusal


def request(path: str = "/", **headers: str) -> dict[str, Any]:
    named = {"host": "127.0.0.1:8787"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": "http", "path": path, "headers": pairs}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8787", "localhost:8787", "[::1]:8787", "abc.execute-api.localhost:4566"],
)
def test_names_of_this_machine_are_served(host: str) -> None:
    assert refusal(request(host=host)) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.168.0.7:8787", "10.0.0.1", ""]
)
def test_a_name_that_a_stranger_made_point_here_is_refused(host: str) -> None:
    assert refusal(request(host=host)) is not None


def test_a_request_without_a_host_is_refused() -> None:
    assert refusal({"type": "http", "path": "/", "headers": []}) is not None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8787"]
)
def test_another_origin_is_refused(origin: str) -> None:
    assert refusal(request(origin=origin)) is not None


def test_our_own_page_may_call() -> None:
    own = request(origin="http://127.0.0.1:8787", sec_fetch_site="same-origin")

    assert refusal(own) is None


def test_an_image_tag_on_another_site_is_refused_but_a_link_may_be_followed() -> None:
    image = request(sec_fetch_site="cross-site", sec_fetch_mode="no-cors")
    link = request(sec_fetch_site="cross-site", sec_fetch_mode="navigate")

    assert refusal(image) is not None
    assert refusal(link) is None


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_ministack/config", "/_ministack", "/_localstack/health"]
)
def test_the_emulators_administration_is_closed(path: str) -> None:
    assert refusal(request(path)) is not None
