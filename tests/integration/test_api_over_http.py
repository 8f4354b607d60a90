"""The API as callers reach it: the front door, API Gateway, the authorizer, the function."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import given

from incident_api.openapi import document
from itops_core.domain.people import Role
from itops_core.stores.tokens import TokenStore
from local_cloud.address import Address
from tests.support.api_operations import few, operations, requests, schema
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually

NEW = {"title": "Payments fail", "affected_services": ["payment-service"]}
OVER = {"resolved", "escalated", "failed", "duplicate", "closed"}


@pytest.fixture(scope="module")
def api(cloud: Address) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {cloud.token}"}
    with httpx2.Client(headers=headers, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def tokens(cloud: Address) -> TokenStore:
    return TokenStore(cloud.resource("dynamodb").Table("ITOps-Runtime"))


def test_health_and_the_document_need_no_token(cloud: Address) -> None:
    with httpx2.Client(timeout=60, trust_env=False) as anyone:
        health = anyone.get(f"{cloud.api_url}/health")
        published = anyone.get(f"{cloud.api_url}/openapi.json")

    assert health.json()["status"] == "ok"
    assert published.json() == json.loads(json.dumps(document()))


@pytest.mark.parametrize("token", ["", "itops_unknown"])
def test_without_a_known_token_nothing_else_is_answered(cloud: Address, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx2.Client(timeout=60, trust_env=False) as anyone:
        answer = anyone.get(f"{cloud.api_url}/incidents", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401
    assert "sign in again" in answer.json()["detail"]


def test_a_role_reads_and_does_not_write_beyond_it(cloud: Address, tokens: TokenStore) -> None:
    token = tokens.create("a-viewer", Role.VIEWER)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(headers=headers, timeout=60, trust_env=False) as viewer:
        read = viewer.get(f"{cloud.api_url}/incidents")
        write = viewer.post(f"{cloud.api_url}/incidents", json=NEW)

    assert (read.status_code, write.status_code) == (200, 403)
    assert "responder" in write.json()["detail"]


def test_an_incident_opened_by_a_person_reaches_an_end_and_has_a_report(
    cloud: Address, api: httpx2.Client
) -> None:
    opened = api.post(f"{cloud.api_url}/incidents", json=NEW, headers={"Idempotency-Key": "one"})
    again = api.post(f"{cloud.api_url}/incidents", json=NEW, headers={"Idempotency-Key": "one"})
    url = f"{cloud.api_url}/incidents/{opened.json()['incident_id']}"

    def ended() -> dict[str, Any] | None:
        incident = api.get(url).json()
        return incident if incident["status"] in OVER else None

    incident = eventually(ended, seconds=400, every=0.5)

    assert again.json()["incident_id"] == incident["incident_id"]
    report = api.get(f"{url}/report").json()
    assert report["status"] == incident["status"]
    assert report["phase_seconds"]
    assert report["timeline"][0]["kind"] == "opened"
    cited = {source["evidence_id"] for source in report["evidence"]}
    for claim in (report["cause"] or {}).get("claims", []):
        for citation in claim["citations"]:
            assert citation["evidence_id"] in cited
            assert api.get(f"{url}/evidence/{citation['evidence_id']}").status_code == 200


def test_unknown_things_malformed_bodies_and_unknown_paths_are_told_apart(
    cloud: Address, api: httpx2.Client
) -> None:
    assert api.get(f"{cloud.api_url}/incidents/INC-00000000").status_code == 404
    assert api.post(f"{cloud.api_url}/incidents", content=b"{").status_code == 400
    assert api.post(f"{cloud.api_url}/incidents", json={}).status_code == 422
    assert api.get(f"{cloud.api_url}/nothing").status_code == 404
    assert api.delete(f"{cloud.api_url}/incidents").status_code == 405


# The same document is tried without the gateway in every run of the tests. What is said here may
# turn actions off or open windows of maintenance: the cloud is nobody else's.
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_input_breaks_the_api_behind_its_gateway(cloud_factory: CloudFactory) -> None:
    cloud = cloud_factory()
    headers = {"Authorization": f"Bearer {cloud.token}"}
    tried = operations(schema())

    for operation in tried:

        @given(requests(operation))
        @few(3)
        def is_answered(case: "schemathesis.Case[Any]") -> None:
            def told() -> "schemathesis.Response | None":
                answer = case.call(base_url=cloud.api_url, headers=headers, timeout=120)
                # Where a server behind it is too slow to start, callers are told to try again.
                return None if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else answer

            answer = eventually(told, every=1)
            assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"

        is_answered()

    assert len(tried) > 70
