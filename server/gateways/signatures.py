"""Proofs that a webhook comes from whom it names: what each vendor signs, and how.

A check returns what names the request, so that it is taken once: a nonce, an id, or the signature itself where it has
nothing else. Empty means that nothing is proved. Where a vendor signs the time, what is old proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.warnings import InsecureKeyLengthWarning
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from server.gateways.credentials import is_standard_secret, same, secret_bytes, signed_by_twilio, spellings

TOLERANCE_S = 300
"""How old a signed time may be, and how much the clocks may differ: as the vendors' own libraries have it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request, as its sender has signed it."""

    url: str
    """The public one, which the sender was told to call, with its query."""
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes
    form: tuple[tuple[str, str], ...] = ()
    """Where the body is one."""
    now_s: float = 0


Check = Callable[[str, Signed], str]
"""With the secret of our account. A secret that is not set proves nothing."""


def by_twilio(secret: str, told: Signed) -> str:
    signature = told.headers.get("x-twilio-signature", "")
    return signature if signed_by_twilio(signature, secret, told.url, told.form) else ""


_SIGNALWIRE = {
    "x-signalwire-sha256-signature": "sha256",
    "x-signalwire-signature": "sha1",
    "x-twilio-signature": "sha1",
}


def by_signalwire(secret: str, told: Signed) -> str:
    """Over address and body as they are, in hexadecimal; or as Twilio signs."""
    for header, digest in _SIGNALWIRE.items():
        signature = told.headers.get(header, "")
        whole = [
            same(signature, hmac.new(secret.encode(), url.encode() + told.body, digest).hexdigest())
            for url in spellings(told.url)
        ]
        if secret and signature and (any(whole) or signed_by_twilio(signature, secret, told.url, told.form)):
            return signature
    return ""


def by_telnyx(key: str, told: Signed) -> str:
    """Ed25519 over `time|body`. The key is the public one of the account, in base64."""
    at, signature = told.headers.get("telnyx-timestamp", ""), told.headers.get("telnyx-signature-ed25519", "")
    if not _is_fresh(at, told.now_s):
        return ""
    try:
        public = Ed25519PublicKey.from_public_bytes(secret_bytes(key))
        public.verify(secret_bytes(signature), at.encode() + b"|" + told.body)
    except (ValueError, InvalidSignature):
        return ""
    return signature


def by_plivo(secret: str, told: Signed) -> str:
    """Version 3: address and form in an order of their own, and a nonce. Several signatures may stand side by side."""
    nonce = told.headers.get("x-plivo-signature-v3-nonce", "")
    headers = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
    signatures = [each.strip() for header in headers for each in told.headers.get(header, "").split(",")]
    good = [
        same(signature, plivo_signature(secret, url, told.form, nonce))
        for url in spellings(told.url)
        for signature in signatures
    ]
    return nonce if secret and any(good) else ""


def plivo_signature(secret: str, url: str, form: Iterable[tuple[str, str]], nonce: str) -> str:
    """`X-Plivo-Signature-V3` of a request."""
    parts, pairs = urlsplit(url), sorted(form)
    query = "&".join(
        f"{name}={value}"
        for name, values in sorted(parse_qs(parts.query, keep_blank_values=True).items())
        for value in sorted(values)
    )
    asked = f"?{query}" if query or pairs else ""
    dot = "." if query and pairs else ""
    base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    signed = f"{base}{asked}{dot}{''.join(name + value for name, value in pairs)}.{nonce}"
    return b64encode(hmac.new(secret.encode(), signed.encode(errors="replace"), hashlib.sha256).digest()).decode()


def by_vonage(secret: str, told: Signed) -> str:
    """A JSON web token, signed with the signature secret, that holds a hash of the body."""
    scheme, _, token = told.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # Vonage gives out shorter secrets
            wanted = {"require": ["iat", "jti"]}
            claims = jwt.decode(token.strip(), secret, ["HS256"], wanted, leeway=TOLERANCE_S)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        return ""
    whole = not told.body or same(str(claims.get("payload_hash", "")), hashlib.sha256(told.body).hexdigest())
    return str(claims["jti"]) if whole and _is_fresh(str(claims["iat"]), told.now_s) else ""


def by_standard(secret: str, told: Signed) -> str:
    """As https://www.standardwebhooks.com has it: `webhook-id`, `webhook-timestamp`, `webhook-signature`."""
    if not is_standard_secret(secret):
        return ""
    try:
        Webhook(secret).verify(told.body, dict(told.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # a header that cannot be taken apart is no proof either
        return ""
    return told.headers["webhook-id"]


def _is_fresh(at: str, now_s: float) -> bool:
    """Is this a time in seconds, near enough to now?"""
    return at.isascii() and at.isdecimal() and len(at) < 12 and abs(int(at) - now_s) <= TOLERANCE_S
