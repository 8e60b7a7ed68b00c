"""Who may tell: each vendor's signature, made here by hand, and everything that is almost one."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Self

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from server.gateways.credentials import twilio_signature
from server.gateways.signatures import (
    TOLERANCE_S,
    Check,
    Signed,
    by_plivo,
    by_signalwire,
    by_standard,
    by_telnyx,
    by_twilio,
    by_vonage,
    plivo_signature,
)

NOW = int(datetime.now(UTC).timestamp())
URL = "https://bot.example/x/status?trunk=gz&name=%E7%8E%8B"
FORM = (("CallUUID", "u1"), ("To", "+8613800001234"), ("CallStatus", "busy"))
BODY = b'{"status":"busy","uuid":"u1"}'

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = b64encode(KEY.public_key().public_bytes_raw()).decode()
WHSEC = "whsec_" + b64encode(b"an outcome's own secret").decode()


def hand_made(algorithm: str, key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, algorithm).digest()


def telnyx(at: int = NOW, body: bytes = BODY, key: Ed25519PrivateKey = KEY) -> dict[str, str]:
    signed = key.sign(str(at).encode() + b"|" + body)
    return {"telnyx-timestamp": str(at), "telnyx-signature-ed25519": b64encode(signed).decode()}


def token(claims: Mapping[str, object], secret: str, alg: str = "HS256") -> str:
    """RFC 7519, from its parts."""
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": alg, "typ": "JWT"}, claims)]
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = b"" if alg == "none" else hand_made("sha256", secret.encode(), text)
    return (text + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def vonage(alg: str = "HS256", **claims: object) -> dict[str, str]:
    told = {"iat": NOW, "jti": "j1", "iss": "Vonage", "payload_hash": hashlib.sha256(BODY).hexdigest(), **claims}
    named = {name: value for name, value in told.items() if value is not None}
    return {"authorization": f"Bearer {token(named, 'short', alg)}"}


def standard(at: int = NOW, body: bytes = BODY, key: bytes = b"an outcome's own secret") -> dict[str, str]:
    made = b64encode(hand_made("sha256", key, b"m1." + str(at).encode() + b"." + body)).decode()
    return {"webhook-id": "m1", "webhook-timestamp": str(at), "webhook-signature": f"v1,{made}"}


def plivo(nonce: str = "12345") -> dict[str, str]:
    """The parts of address and form in the order of their names, joined as Plivo's libraries join them."""
    text = "https://bot.example/x/status?name=王&trunk=gz.CallStatusbusyCallUUIDu1To+8613800001234." + nonce
    made = b64encode(hand_made("sha256", b"own", text.encode())).decode()
    return {"x-plivo-signature-v3": made, "x-plivo-signature-v3-nonce": nonce}


def asked(headers: Mapping[str, str], form: tuple[tuple[str, str], ...] = (), body: bytes = BODY) -> Signed:
    return Signed(URL, headers, body, form, NOW)


GOOD: dict[str, tuple[Check, str, Signed, str]] = {
    "twilio": (by_twilio, "own", asked({"x-twilio-signature": twilio_signature("own", URL, FORM)}, FORM), ""),
    "signalwire form": (
        by_signalwire,
        "own",
        asked({"x-signalwire-signature": twilio_signature("own", URL, FORM)}, FORM),
        "",
    ),
    "signalwire whole": (
        by_signalwire,
        "own",
        asked({"x-signalwire-signature": hand_made("sha1", b"own", URL.encode() + BODY).hex()}),
        "",
    ),
    "signalwire sha256": (
        by_signalwire,
        "own",
        asked({"x-signalwire-sha256-signature": hand_made("sha256", b"own", URL.encode() + BODY).hex()}),
        "",
    ),
    "telnyx": (by_telnyx, PUBLIC, asked(telnyx()), ""),
    "plivo": (by_plivo, "own", asked(plivo(), FORM), "12345"),
    "vonage": (by_vonage, "short", asked(vonage()), "j1"),
    "standard": (by_standard, WHSEC, asked(standard()), "m1"),
}
each_good = pytest.mark.parametrize(("check", "secret", "request_", "name"), GOOD.values(), ids=GOOD)


class _Then(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(NOW, tz)


@pytest.fixture(autouse=True)
def _asked_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """These requests were signed when the tests were collected, which is long ago in a long run, and the library of the
    standard reads the clock itself.
    """
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _Then)


@each_good
def test_who_has_the_secret_may_tell(check: Check, secret: str, request_: Signed, name: str) -> None:
    assert check(secret, request_)
    assert check(secret, request_) in (name, *request_.headers.values())


@each_good
def test_whatever_is_changed_proves_nothing(check: Check, secret: str, request_: Signed, name: str) -> None:
    form = (*request_.form[:-1], ("CallStatus", "completed")) if request_.form else ()
    changed: list[Signed] = [
        replace(request_, body=request_.body + b" ", form=form),
        replace(request_, headers={name: value + "x" for name, value in request_.headers.items()}),
        replace(request_, headers={}),
    ]
    assert not any(check(secret, each) for each in changed)


@each_good
def test_another_secret_or_none_proves_nothing(check: Check, secret: str, request_: Signed, name: str) -> None:
    other = b64encode(bytes(32)).decode()
    assert not check(other, request_)
    assert not check("", request_)
    assert not check("é", request_)


@pytest.mark.parametrize(
    "name", ["twilio", "signalwire form", "signalwire whole", "plivo"], ids=str
)  # the others sign no address
def test_the_address_is_signed(name: str) -> None:
    check, secret, request_, _ = GOOD[name]
    assert not check(secret, replace(request_, url=URL.replace("gz", "bj")))
    assert check(secret, replace(request_, url=URL.replace("bot.example/", "bot.example:443/")))


OLD: Mapping[str, Callable[[int], Signed]] = {
    "telnyx": lambda at: asked(telnyx(at)),
    "vonage": lambda at: asked(vonage(iat=at)),
    "standard": lambda at: asked(standard(at)),
}


@pytest.mark.parametrize("name", OLD)
def test_what_was_signed_long_ago_or_in_the_future_proves_nothing(name: str) -> None:
    check, secret, _, _ = GOOD[name]
    assert check(secret, OLD[name](NOW - TOLERANCE_S + 250))
    assert not check(secret, OLD[name](NOW - TOLERANCE_S - 30))
    assert not check(secret, OLD[name](NOW + 3600))


@pytest.mark.parametrize(
    "headers",
    [
        vonage(alg="none"),
        vonage(iat=None),
        vonage(jti=None),
        vonage(payload_hash=None),
        vonage(payload_hash="0" * 64),
        vonage(iat="soon"),
        vonage(iat=NOW + 0.5),
        {"authorization": "Bearer a.b.c"},
        {"authorization": "Basic x"},
    ],
)
def test_a_token_that_lacks_something(headers: dict[str, str]) -> None:
    assert not by_vonage("short", asked(headers))


def test_a_question_without_a_body_has_no_hash_of_one() -> None:
    assert by_vonage("short", asked(vonage(payload_hash=None), body=b"")) == "j1"


@pytest.mark.parametrize(
    ("at", "signature"), [("soon", ""), ("", ""), ("1e9", ""), ("9" * 40, ""), (str(NOW), "####"), (str(NOW), "AAAA")]
)
def test_a_time_or_a_signature_that_is_none(at: str, signature: str) -> None:
    assert not by_telnyx(PUBLIC, asked({"telnyx-timestamp": at, "telnyx-signature-ed25519": signature}))
    assert not by_telnyx("no key", asked(telnyx()))


def test_plivo_signs_with_two_secrets_side_by_side() -> None:
    headers = plivo()
    both = {**headers, "x-plivo-signature-v3": f"AAAA, {headers['x-plivo-signature-v3']}"}
    main = {"x-plivo-signature-ma-v3": headers["x-plivo-signature-v3"], "x-plivo-signature-v3-nonce": "12345"}
    assert by_plivo("own", asked(both, FORM)) == by_plivo("own", asked(main, FORM)) == "12345"


@pytest.mark.parametrize(
    ("url", "form", "text"),
    [
        ("https://a.example/x", (), "https://a.example/x.n"),
        ("https://a.example/x?b=2&a=1", (), "https://a.example/x?a=1&b=2.n"),
        ("https://a.example/x", (("k", "v"),), "https://a.example/x?kv.n"),
        ("https://a.example/x?a=1", (("l", "2"), ("k", "1")), "https://a.example/x?a=1.k1l2.n"),
    ],
)
def test_what_plivo_signs(url: str, form: tuple[tuple[str, str], ...], text: str) -> None:
    assert plivo_signature("own", url, form, "n") == b64encode(hand_made("sha256", b"own", text.encode())).decode()


def test_the_signature_is_the_one_signalwires_libraries_are_tested_with() -> None:
    body = b'{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}'
    published = {"x-signalwire-signature": "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"}
    told = Signed("https://example.ngrok.io/webhook", published, body)
    assert by_signalwire("PSKtest1234567890abcdef", told)


def test_the_signature_is_the_one_of_the_standards_specification() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    made = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v2,AAAA", "v1,é", "v1,A,B"])
def test_a_standard_signature_that_cannot_be_taken_apart(signature: str) -> None:
    assert not by_standard(WHSEC, asked({**standard(), "webhook-signature": signature}))
    assert by_standard(WHSEC, asked({**standard(), "webhook-signature": "v2,AAAA " + standard()["webhook-signature"]}))
