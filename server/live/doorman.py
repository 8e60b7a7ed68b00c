"""Who may connect: a gateway that brings the token, its name and password, or a signature; nobody else.

There are three answers: yes, no, and not yet. Some gateways can put nothing into their upgrade request; they bring a
token in their first message, and until then nothing is begun for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog
from fastapi import HTTPException, Request

from server.gateways.credentials import MessageSignature, Tokens, basic, bearer, same, secret_bytes, signed_by_twilio
from server.gateways.hooks import Hooks
from server.gateways.signatures import Signed, by_standard
from server.gateways.table import Gateway
from server.settings import Settings

log = structlog.get_logger()

SIGNATURE = "x-twilio-signature"
NAMES_KEPT = 10_000


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
        self._names: dict[str, None] = {}
        """Of the latest signed requests, their nonces and ids: none is good twice."""

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

    def signed(self, headers: Mapping[str, str], path: str) -> bool:
        """Was this upgrade request to `path` signed by Twilio for our account?"""
        told = headers.get(SIGNATURE, "")
        return bool(told) and signed_by_twilio(told, self._twilio, self._settings.public_url.rstrip("/") + path)

    def signed_whole(self, headers: Mapping[str, str], target: str) -> bool:
        """Was this request for `target`, path and query, signed by Genesys for our integration, for the first time?"""
        found = MessageSignature.of(headers)
        key, public = self._settings.genesys_api_key, urlsplit(self._settings.public_url).netloc
        values = {**headers, "@request-target": target, "@authority": public or headers.get("host", "")}
        if found is None or not found.is_by(key) or not same(headers.get("x-api-key", ""), key):
            return False
        if not found.made_with(self._genesys, values) or not found.is_fresh(self._wall_s()):
            return False
        return self.first(found.params["nonce"])

    def proves(self, hooks: Hooks | None, told: Signed) -> str:
        """What names this webhook, if its sender has signed it; empty where that is not proved. Without `hooks` it is
        signed as the Standard Webhooks are, with the secret for outcomes.
        """
        secret, check = (hooks.secret, hooks.check) if hooks else ("outcome_secret", by_standard)
        return check(getattr(self._settings, secret).get_secret_value(), replace(told, now_s=self._wall_s()))

    def first(self, name: str) -> bool:
        """Is it the first time that this one is there? It is not a second time."""
        if name in self._names:
            return False
        self._names[name] = None
        if len(self._names) > NAMES_KEPT:
            del self._names[next(iter(self._names))]
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
        brings = path or "authorization" in headers or (query.get("token") and query["token"] not in self._once)
        return None if "param" in gateway.credentials and not brings else False

    def ticket(self, call_id: str) -> str:
        """A token for the stream of one call, good once and for a minute."""
        return self._once.issue(self._now_s(), call_id)

    def call_of(self, token: str) -> str:
        """The call whose ticket this is; empty where it is none."""
        return self._once.subject(token)

    def takes(self, token: str, call_id: str) -> bool:
        """Is a token that came in a first message good?"""
        return same(token, self._token) or self._once.spend(token, self._now_s(), call_id)
