"""Who may connect: a gateway that brings the token, its name and password, or a signature; nobody else.

There are three answers: yes, no, and not yet. Some gateways can put nothing into their upgrade request; they bring a
token in their first message, and until then nothing is begun for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog
from fastapi import HTTPException, Request

from server.gateways.credentials import MessageSignature, Tokens, basic, bearer, same, secret_bytes, signed_by_twilio
from server.gateways.table import Gateway
from server.settings import Settings

log = structlog.get_logger()

SIGNATURE = "x-twilio-signature"
NONCES_KEPT = 10_000


def wall_s() -> float:
    """The time of the world, which signatures name."""
    return datetime.now(UTC).timestamp()


class Doorman:
    def __init__(self, settings: Settings, now_s: Callable[[], float], wall_s: Callable[[], float] = wall_s) -> None:
        self._settings = settings
        self._now_s = now_s
        self._token = settings.token.get_secret_value()
        self._twilio = settings.twilio_auth_token.get_secret_value()
        self._genesys = secret_bytes(settings.genesys_secret.get_secret_value())
        self._wall_s = wall_s
        self._once = Tokens()
        self._nonces: dict[str, None] = {}
        """Of the latest signatures: none is good twice."""

    def knows(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Does this request bring the token, or the name and password?"""
        told = headers.get("authorization", "")
        user, password = self._settings.basic_username, self._settings.basic_password.get_secret_value()
        return bearer(told, self._token) or basic(told, user, password) or same(query.get("token", ""), self._token)

    def let_in(self, request: Request) -> None:
        """For routes that need the token, or name and password. Raises 401 for a request that brings neither."""
        if not self.knows(request.headers, request.query_params):
            log.warning("refused", path=request.url.path, why="no valid credential")
            raise HTTPException(401, "no valid credential")

    def signed(self, headers: Mapping[str, str], path: str, form: Iterable[tuple[str, str]] = ()) -> bool:
        """Was this request to `path`, with its query, signed by Twilio for our account?"""
        told = headers.get(SIGNATURE, "")
        return bool(told) and signed_by_twilio(told, self._twilio, self._settings.public_url.rstrip("/") + path, form)

    def signed_whole(self, headers: Mapping[str, str], target: str) -> bool:
        """Was this request for `target`, path and query, signed by Genesys for our integration, for the first time?"""
        found = MessageSignature.of(headers)
        key, public = self._settings.genesys_api_key, urlsplit(self._settings.public_url).netloc
        values = {**headers, "@request-target": target, "@authority": public or headers.get("host", "")}
        if found is None or not found.is_by(key) or not same(headers.get("x-api-key", ""), key):
            return False
        if not found.made_with(self._genesys, values) or not found.is_fresh(self._wall_s()):
            return False
        nonce = found.params["nonce"]
        if nonce in self._nonces:
            return False
        self._nonces[nonce] = None
        if len(self._nonces) > NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]
        return True

    def lets_in(
        self, gateway: Gateway, headers: Mapping[str, str], query: Mapping[str, str], path: str, target: str = ""
    ) -> bool | None:
        """May this socket open? None: it may, and must bring a token before anything is begun.

        `path` is what stands behind the gateway's own path, which may be a token; `target` is the whole of it with the
        query, as it was asked for.
        """
        if self.knows(headers, query) or same(path, self._token):
            return True
        if "message signature" in gateway.credentials and self.signed_whole(headers, target):
            return True
        if "signature" in gateway.credentials and self.signed(headers, gateway.path):
            return True
        brings = path or query.get("token") or "authorization" in headers
        return None if "param" in gateway.credentials and not brings else False

    def ticket(self, call_id: str) -> str:
        """A token for the stream of one call, good once and for a minute."""
        return self._once.issue(self._now_s(), call_id)

    def takes(self, token: str, call_id: str) -> bool:
        """Is a token that came in a first message good?"""
        return same(token, self._token) or self._once.spend(token, self._now_s(), call_id)
