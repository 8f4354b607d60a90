"""People who signed in: what the pool's own key signed for the console, and while it lasts."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from api_authorizer import signed_in as module
from api_authorizer.callers import admitted
from api_authorizer.signed_in import signed_in
from itops_core.domain.people import CredentialKind, Role
from itops_core.settings import places
from tests.support.accounts import Account

pytest_plugins = ("tests.emulator",)

_KID, _CLIENT = "key-1", "1h57kf5cpq17m0eml12EXAMPLE"
_KEY = generate_private_key(public_exponent=65537, key_size=2048)


class _Keys(BaseHTTPRequestHandler):
    """Answers as Cognito does: with the public keys, and with nothing else."""

    def do_GET(self) -> None:
        public = json.loads(RSAAlgorithm.to_jwk(_KEY.public_key()))
        body = json.dumps({"keys": [{**public, "kid": _KID, "alg": "RS256", "use": "sig"}]})
        known = self.path == "/pool/.well-known/jwks.json"
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode() if known else b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def issuer(process: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A pool whose keys are served on this machine, and the parameter that names its console."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        told = f"http://127.0.0.1:{server.server_address[1]}/pool"
        monkeypatch.setenv("COGNITO_ISSUER", told)
        monkeypatch.setenv("CONSOLE_CLIENT_PARAMETER", "/ITOps/console-client")
        process.client("ssm").put_parameter(
            Name="/ITOps/console-client", Value=_CLIENT, Type="String"
        )
        places.cache_clear()
        module.console_client.cache_clear()
        yield told
        places.cache_clear()
        module.console_client.cache_clear()
        server.shutdown()
        thread.join()


def _token(issuer: str, key: RSAPrivateKey = _KEY, /, **changes: Any) -> str:  # noqa: ANN401
    told = {
        "iss": issuer,
        "sub": "1",
        "aud": _CLIENT,
        "iat": int(time.time()),
        "exp": int(time.time()) + 600,
        "token_use": "id",
        "email": "ann@example.com",
        "cognito:groups": ["responder", "approver", "somebody-else"],
        **changes,
    }
    told = {name: claim for name, claim in told.items() if claim is not None}
    return jwt.encode(told, key, algorithm="RS256", headers={"kid": _KID})


def test_the_highest_group_of_a_person_is_the_role_while_the_token_lasts(issuer: str) -> None:
    who = admitted({"headers": {"Authorization": f"Bearer {_token(issuer)}"}})

    assert who is not None
    assert (who.caller.name, who.caller.role) == ("ann@example.com", Role.APPROVER)
    assert who.credential.kind is CredentialKind.PERSON
    assert who.credential.ends_at is not None


def test_in_no_group_of_ours_one_may_look(issuer: str) -> None:
    who = signed_in(_token(issuer, _KEY, **{"cognito:groups": None}))

    assert who is not None
    assert who[0].role is Role.VIEWER


def test_what_another_key_signed_or_another_pool_issued_is_refused(issuer: str) -> None:
    stranger = generate_private_key(public_exponent=65537, key_size=2048)

    assert signed_in(_token(issuer, stranger)) is None
    assert signed_in(_token(f"{issuer}-of-others")) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -600},
        {"iat": 600},
        {"token_use": "access"},
        {"token_use": None},
        {"aud": "another-client"},
        {"aud": None},
        {"exp": None},
    ],
    ids=["over", "of-later", "for-an-api", "for-nothing", "of-another", "of-nobody", "without-end"],
)
def test_a_token_for_something_else_or_not_of_now_is_refused(
    issuer: str, claims: dict[str, Any]
) -> None:
    now = int(time.time())
    told = {name: now + one if isinstance(one, int) else one for name, one in claims.items()}

    assert signed_in(_token(issuer, **told)) is None


def test_a_token_that_nobody_signed_or_that_is_none_is_refused(issuer: str) -> None:
    told = {"iss": issuer, "sub": "1", "aud": _CLIENT, "token_use": "id"}
    by_its_public_key = jwt.encode(told, "a secret that everybody knows " * 2, algorithm="HS256")

    assert signed_in(jwt.encode(told, "", algorithm="none")) is None
    assert signed_in(by_its_public_key) is None
    assert signed_in("not.a.token") is None


def test_nobody_is_let_in_while_the_consoles_id_cannot_be_read(
    issuer: str, process: Account
) -> None:
    process.client("ssm").delete_parameter(Name="/ITOps/console-client")

    assert signed_in(_token(issuer)) is None


def test_without_a_pool_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "places", lambda: {"COGNITO_ISSUER": ""})

    assert signed_in(_token("https://issuer.example")) is None
