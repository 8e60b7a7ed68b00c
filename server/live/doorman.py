"""Who may connect: a gateway that brings the token, its name and password, or a signature; nobody else.

There are three answers: yes, no, and not yet. Some gateways can put nothing into their upgrade request; they bring a
token in their first message, and until then nothing is begun for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from server.gateways.credentials import Tokens, basic, bearer, same, signed_by_twilio
from server.gateways.table import Gateway
from server.settings import Settings

SIGNATURE = "x-twilio-signature"


class Doorman:
    def __init__(self, settings: Settings, now_s: Callable[[], float]) -> None:
        self._settings = settings
        self._now_s = now_s
        self._token = settings.token.get_secret_value()
        self._twilio = settings.twilio_auth_token.get_secret_value()
        self._once = Tokens()

    def knows(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Does this request bring the token, or the name and password?"""
        told = headers.get("authorization", "")
        user, password = self._settings.basic_username, self._settings.basic_password.get_secret_value()
        return bearer(told, self._token) or basic(told, user, password) or same(query.get("token", ""), self._token)

    def signed(self, headers: Mapping[str, str], path: str, form: Iterable[tuple[str, str]] = ()) -> bool:
        """Was this request to `path`, with its query, signed by Twilio for our account?"""
        told = headers.get(SIGNATURE, "")
        return bool(told) and signed_by_twilio(told, self._twilio, self._settings.public_url.rstrip("/") + path, form)

    def lets_in(self, gateway: Gateway, headers: Mapping[str, str], query: Mapping[str, str], path: str) -> bool | None:
        """May this socket open? None: it may, and must bring a token before anything is begun.

        `path` is what stands behind the gateway's own path, which may be a token.
        """
        if self.knows(headers, query) or same(path, self._token):
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
