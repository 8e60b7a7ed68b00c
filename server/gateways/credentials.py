"""Proofs that a gateway may speak to us: signatures, names with passwords, tokens. Pure checks of what it brought.

Every comparison takes the same time however much is right, and a secret that is not set matches nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_TWINS = {"https": "wss", "wss": "https", "http": "ws", "ws": "http"}


def same(told: str, secret: str) -> bool:
    return bool(secret) and hmac.compare_digest(told.encode(errors="replace"), secret.encode())


# --- Twilio ----------------------------------------------------------------------------------------------------------


def twilio_signature(auth_token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """`X-Twilio-Signature` of a request: of a GET, and of a WebSocket upgrade, the URL alone is signed."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return b64encode(hmac.new(auth_token.encode(), signed.encode(errors="replace"), hashlib.sha1).digest()).decode()


def signed_by_twilio(signature: str, auth_token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> bool:
    """Was a request to that public URL signed with the token of our account? The URL is what Twilio was told to call,
    so it comes from the configuration: behind a proxy, the server sees another one.
    """
    pairs = list(form)
    good = [same(signature, twilio_signature(auth_token, each, pairs)) for each in spellings(url)]
    return bool(auth_token) and any(good)


def spellings(url: str) -> list[str]:
    """One address as Twilio may have written it when it signed: `wss` is `https` with another name, the usual port
    may be written out, an empty end may be a slash.
    """
    parts = urlsplit(url)
    found = []
    for scheme in (parts.scheme, _TWINS.get(parts.scheme, parts.scheme)):
        usual = f":{_PORTS.get(scheme, '')}"
        bare = parts.netloc.removesuffix(usual)
        for netloc in (bare, bare + usual) if ":" not in bare else (bare,):
            path = parts.path.rstrip("/")
            found += [urlunsplit((scheme, netloc, each, parts.query, "")) for each in (path, path + "/")]
    return list(dict.fromkeys(found))


# --- the header Authorization ----------------------------------------------------------------------------------------


def basic(authorization: str, username: str, password: str) -> bool:
    """`Authorization: Basic`; both must be set."""
    scheme, _, told = authorization.partition(" ")
    try:
        name, colon, word = a2b_base64(told.strip(), strict_mode=True).decode().partition(":")
    except ValueError:
        return False
    right = same(name, username), same(word, password)
    return scheme.lower() == "basic" and bool(colon) and all(right)


def bearer(authorization: str, token: str) -> bool:
    """`Authorization: Bearer`."""
    scheme, _, told = authorization.partition(" ")
    return same(told.strip(), token) and scheme.lower() == "bearer"


# --- tokens for one use ----------------------------------------------------------------------------------------------


class Tokens:
    """Tokens that open one socket each, within a time: what a webhook hands a gateway that can bring nothing better.

    Only digests are kept, so that looking one up tells nothing about those that exist.
    """

    def __init__(self, lifetime_s: float = 60, most: int = 10_000) -> None:
        self._lifetime_s, self._most = lifetime_s, most
        self._issued: dict[bytes, tuple[float, str]] = {}

    def issue(self, now_s: float, subject: str = "") -> str:
        """A new token. With a subject, such as the id of a call, it is good for that one only."""
        for digest in [each for each, (until_s, _) in self._issued.items() if until_s < now_s]:
            del self._issued[digest]
        if len(self._issued) >= self._most:
            del self._issued[next(iter(self._issued))]
        token = secrets.token_urlsafe(24)
        self._issued[_digest(token)] = (now_s + self._lifetime_s, subject)
        return token

    def spend(self, token: str, now_s: float, subject: str = "") -> bool:
        """Is it good? It is not a second time."""
        until_s, whose = self._issued.pop(_digest(token), (now_s, None))
        return whose is not None and now_s <= until_s and whose in ("", subject)

    def __len__(self) -> int:
        return len(self._issued)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
