"""People who signed in: only what the pool's own key signed, and only while it lasts."""

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
from api_authorizer.callers import caller_of
from api_authorizer.signed_in import signed_in
from itops_core.domain.people import Role

_KID = "key-1"
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
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A pool whose keys are served on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        told = f"http://127.0.0.1:{server.server_address[1]}/pool"
        monkeypatch.setattr(module, "places", lambda: {"COGNITO_ISSUER": told})
        yield told
        server.shutdown()
        thread.join()


def _token(issuer: str, key: RSAPrivateKey = _KEY, /, **changes: Any) -> str:  # noqa: ANN401
    told = {
        "iss": issuer,
        "sub": "1",
        "exp": int(time.time()) + 600,
        "token_use": "id",
        "email": "ann@example.com",
        "cognito:groups": ["responder", "approver", "somebody-else"],
        **changes,
    }
    return jwt.encode(told, key, algorithm="RS256", headers={"kid": _KID})


def test_the_highest_group_of_a_person_is_the_role(issuer: str) -> None:
    caller = caller_of({"headers": {"Authorization": f"Bearer {_token(issuer)}"}})

    assert caller is not None
    assert (caller.name, caller.role) == ("ann@example.com", Role.APPROVER)


def test_in_no_group_of_ours_one_may_look(issuer: str) -> None:
    caller = signed_in(_token(issuer, _KEY, **{"cognito:groups": None}))

    assert caller is not None
    assert caller.role is Role.VIEWER


def test_what_another_key_signed_or_another_pool_issued_is_refused(issuer: str) -> None:
    stranger = generate_private_key(public_exponent=65537, key_size=2048)

    assert signed_in(_token(issuer, stranger)) is None
    assert signed_in(_token(f"{issuer}-of-others")) is None


def test_an_old_token_an_access_token_and_an_unsigned_one_are_refused(issuer: str) -> None:
    unsigned = jwt.encode({"iss": issuer, "sub": "1", "token_use": "id"}, "", algorithm="none")

    assert signed_in(_token(issuer, exp=int(time.time()) - 600)) is None
    assert signed_in(_token(issuer, token_use="access")) is None
    assert signed_in(unsigned) is None
    assert signed_in("not.a.token") is None


def test_without_a_pool_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "places", lambda: {"COGNITO_ISSUER": ""})

    assert signed_in(_token("https://issuer.example")) is None
