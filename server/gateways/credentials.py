"""Proofs that a gateway may speak to us: signatures, names with passwords, tokens. Pure checks of what it brought.

Every comparison takes the same time however much is right, and a secret that is not set matches nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


def secret_bytes(text: str) -> bytes:
    """A secret that is written in base64; empty where it is not, and nothing is signed with that."""
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""


def is_standard_secret(text: str) -> bool:
    """Is this a secret of Standard Webhooks: `whsec_`, or not, and base64, padded or not?"""
    return len(secret_bytes(text.removeprefix("whsec_") + "=" * (-len(text.removeprefix("whsec_")) % 4))) > 0


# --- HTTP message signatures (RFC 9421), as Genesys uses them ---------------------------------------------------------

SIGNED = (
    "@request-target",
    "@authority",
    "audiohook-organization-id",
    "audiohook-session-id",
    "audiohook-correlation-id",
    "x-api-key",
)
"""What a signature must cover."""
AGE_S = 10
SKEW_S = 3
"""How old a signature may be, and how much the clocks may differ."""
NONCE_CHARS = 22

_INPUT = re.compile(r'([a-z*][\w.*-]*)=(\(("[^"\\]+"(?: "[^"\\]+")*)\)((?:;[a-z]+=(?:"[^"\\]*"|[0-9]{1,15}))*))')
_PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))')


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """One signature of a request, taken apart; not yet checked."""

    covered: tuple[str, ...]
    params: Mapping[str, str]
    raw: str
    """The member of `Signature-Input`, which is signed too."""
    signature: bytes

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> MessageSignature | None:
        """The one of these headers; None where there is none, or more than one, or it cannot be read."""
        told = _INPUT.fullmatch(headers.get("signature-input", "").strip())
        if told is None:
            return None
        label, _, signature = headers.get("signature", "").strip().partition("=")
        if label != told[1] or len(signature) < 2 or signature[0] != ":" or signature[-1] != ":":
            return None
        try:
            signed = a2b_base64(signature[1:-1], strict_mode=True)
        except ValueError:
            return None
        params = {name: text or number for name, text, number in _PARAMETER.findall(told[4])}
        return cls(tuple(told[3][1:-1].split('" "')), params, told[2], signed)

    def made_with(self, secret: bytes, values: Mapping[str, str]) -> bool:
        """Was it made with this secret, over these values? Those of `SIGNED` and more, by the names of the parts."""
        if not secret or not set(SIGNED) <= set(self.covered) <= set(values):
            return False
        lines = [f'"{name}": {values[name].strip()}' for name in self.covered]
        base = "\n".join([*lines, f'"@signature-params": {self.raw}'])
        right = hmac.new(secret, base.encode(errors="replace"), hashlib.sha256).digest()
        return hmac.compare_digest(self.signature, right)

    def is_fresh(self, now_s: float) -> bool:
        """Made just now, by the clock of the world, and for one use."""
        created, expires = int(self.params.get("created") or 0), int(self.params.get("expires") or 1 << 40)
        in_time = now_s - AGE_S - SKEW_S <= created <= now_s + SKEW_S and now_s - SKEW_S <= expires
        return in_time and len(self.params.get("nonce", "")) >= NONCE_CHARS

    def is_by(self, key: str) -> bool:
        """Does it name this API key, and the algorithm that we know?"""
        return same(self.params.get("keyid", ""), key) and self.params.get("alg", "hmac-sha256") == "hmac-sha256"


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

    def subject(self, token: str) -> str:
        """Whose it is, while it is not spent; empty where it is anybody's, or none of ours."""
        return self._issued.get(_digest(token), (0.0, ""))[1]

    def __contains__(self, token: str) -> bool:
        """Was it issued, and not spent yet? It may be too late for it, or not its subject's."""
        return _digest(token) in self._issued

    def __len__(self) -> int:
        return len(self._issued)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
