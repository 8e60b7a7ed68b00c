"""What opens the door, and what does not."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.credentials import (
    MessageSignature,
    Tokens,
    basic,
    bearer,
    same,
    secret_bytes,
    signed_by_twilio,
    spellings,
    twilio_signature,
)

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
PUBLISHED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
"""The signature of this request under the token 12345, as Twilio's own libraries test it."""


def test_the_signature_is_the_one_twilio_publishes() -> None:
    assert twilio_signature("12345", URL, FORM) == PUBLISHED
    assert signed_by_twilio(PUBLISHED, "12345", URL, FORM)


def test_the_order_of_a_form_does_not_matter_and_what_stands_twice_counts_once() -> None:
    assert twilio_signature("12345", URL, [*reversed(FORM), FORM[0]]) == PUBLISHED


@pytest.mark.parametrize(
    ("signature", "token", "url", "form"),
    [
        ("", "12345", URL, FORM),
        (PUBLISHED, "", URL, FORM),
        (PUBLISHED, "12346", URL, FORM),
        (PUBLISHED, "12345", URL + "&baz=3", FORM),
        (PUBLISHED, "12345", URL, FORM[1:]),
        ("é" + PUBLISHED[1:], "12345", URL, FORM),
        (twilio_signature("", URL, FORM), "", URL, FORM),
    ],
)
def test_a_forged_request(signature: str, token: str, url: str, form: list[tuple[str, str]]) -> None:
    assert not signed_by_twilio(signature, token, url, form)


@pytest.mark.parametrize(
    "signed", ["wss://bot.example/twilio", "https://bot.example/twilio/", "wss://bot.example:443/twilio"]
)
def test_an_upgrade_may_be_signed_with_another_spelling_of_the_address(signed: str) -> None:
    assert signed_by_twilio(twilio_signature("12345", signed), "12345", "https://bot.example/twilio")


def test_a_port_of_ones_own_stays() -> None:
    assert spellings("http://bot.example:8787/twilio") == [
        "http://bot.example:8787/twilio",
        "http://bot.example:8787/twilio/",
        "ws://bot.example:8787/twilio",
        "ws://bot.example:8787/twilio/",
    ]


def header(text: str, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text.encode()).decode()}"


def test_a_name_with_its_password() -> None:
    assert basic(header("asterisk:pass:word"), "asterisk", "pass:word")
    assert basic(header("asterisk:暗号", "basic"), "asterisk", "暗号")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic not base64!",
        "Basic /w==",
        header("asterisk"),
        header("asterisk:wrong"),
        header("other:secret"),
        header("asterisk:secret", "Bearer"),
    ],
)
def test_another_name_or_password(authorization: str) -> None:
    assert not basic(authorization, "asterisk", "secret")


def test_what_is_not_set_opens_nothing() -> None:
    assert not basic(header(":"), "", "")
    assert not basic(header("asterisk:"), "asterisk", "")
    assert not bearer("Bearer ", "")
    assert not same("", "")


def test_a_bearer() -> None:
    assert bearer("Bearer secret", "secret")
    assert bearer("bearer secret ", "secret")
    assert not bearer("Bearer wrong", "secret")
    assert not bearer("Basic secret", "secret")
    assert not bearer("secret", "secret")


@given(st.text(), st.text(min_size=1))
def test_no_header_breaks_the_checks(authorization: str, secret: str) -> None:
    assert basic(authorization, secret, secret) in (True, False)
    assert bearer(authorization, secret) in (True, False)
    assert signed_by_twilio(authorization, secret, URL) in (True, False)


# --- message signatures ----------------------------------------------------------------------------------------------

KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
SECRET = secret_bytes("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
SIGNED_REQUEST = {
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": KEY,
    "signature": "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:",
    "signature-input": 'sig1=("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" '
    f'"audiohook-correlation-id" "x-api-key");keyid="{KEY}";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256"'
    ";created=1641013200;expires=3282026430",
}
"""The example of Genesys' documentation, as its own libraries test it."""
VALUES = {**SIGNED_REQUEST, "@request-target": "/api/v1/voicebiometrics/ws", "@authority": "audiohook.example.com"}
CREATED_S = 1641013200


def signature(**changed: str) -> MessageSignature:
    found = MessageSignature.of(SIGNED_REQUEST | {name.replace("_", "-"): text for name, text in changed.items()})
    assert found
    return found


def test_the_signature_is_the_one_genesys_publishes() -> None:
    found = signature()
    assert found.made_with(SECRET, VALUES)
    assert found.is_by(KEY)
    assert found.is_fresh(CREATED_S + 5)


@pytest.mark.parametrize("name", [name for name in VALUES if not name.startswith("signature")])
def test_whatever_is_signed_cannot_be_changed(name: str) -> None:
    assert not signature().made_with(SECRET, VALUES | {name: VALUES[name] + "x"})
    assert not signature().made_with(SECRET, {key: value for key, value in VALUES.items() if key != name})


def test_what_a_signature_leaves_out_it_does_not_prove() -> None:
    shorter = SIGNED_REQUEST["signature-input"].replace(' "x-api-key"', "")
    assert not signature(signature_input=shorter).made_with(SECRET, VALUES)


def test_another_secret_or_none() -> None:
    assert not signature().made_with(SECRET + b"x", VALUES)
    assert not signature().made_with(b"", VALUES)
    assert secret_bytes("not base64!") == b""


def test_another_key_or_algorithm() -> None:
    told = SIGNED_REQUEST["signature-input"]
    assert not signature().is_by("other")
    assert not signature().is_by("")
    assert not signature(signature_input=told.replace("hmac-sha256", "rsa-v1_5-sha256")).is_by(KEY)
    assert signature(signature_input=told.replace(';alg="hmac-sha256"', "")).is_by(KEY)


@pytest.mark.parametrize(
    ("now_s", "fresh"), [(0, True), (13, True), (14, False), (-3, True), (-4, False), (3600, False)]
)
def test_a_signature_grows_old(now_s: int, fresh: bool) -> None:
    assert signature().is_fresh(CREATED_S + now_s) is fresh


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("created=1641013200", "created=0"),
        (";created=1641013200", ""),
        ("expires=3282026430", "expires=1641013190"),
        ("VGhpc0lzQVVuaXF1ZU5vbmNl", "short"),
        (';nonce="VGhpc0lzQVVuaXF1ZU5vbmNl"', ""),
    ],
)
def test_a_signature_that_is_not_for_now_or_for_once(what: str, instead: str) -> None:
    assert not signature(signature_input=SIGNED_REQUEST["signature-input"].replace(what, instead)).is_fresh(CREATED_S)


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": ""},
        {"signature-input": ""},
        {"signature": "sig2=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:"},
        {"signature": "sig1=:not base64!:"},
        {"signature": "sig1=:"},
        {"signature-input": 'sig1=();keyid="a"'},
        {"signature-input": SIGNED_REQUEST["signature-input"] + ", sig2=()"},
    ],
)
def test_headers_that_are_no_signature(changed: dict[str, str]) -> None:
    assert MessageSignature.of(SIGNED_REQUEST | changed) is None


@given(st.text(), st.text())
def test_no_headers_break_the_reading(told: str, signed: str) -> None:
    found = MessageSignature.of({"signature-input": told, "signature": signed})
    assert found is None or found.is_fresh(0) in (True, False)


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_opens_once() -> None:
    tokens = Tokens(lifetime_s=60)
    token = tokens.issue(100)
    assert tokens.issue(100) != token
    assert not tokens.spend("guess", 101)
    assert tokens.spend(token, 101)
    assert not tokens.spend(token, 101)


def test_a_token_grows_old() -> None:
    tokens = Tokens(lifetime_s=60)
    assert tokens.spend(tokens.issue(100), 160)
    assert not tokens.spend(tokens.issue(100), 160.1)


def test_a_token_of_one_call_opens_no_other_and_is_spent_by_the_attempt() -> None:
    tokens = Tokens()
    mine = tokens.issue(0, "CA1")
    assert (tokens.subject(mine), tokens.subject("another"), tokens.subject(tokens.issue(0))) == ("CA1", "", "")
    assert not tokens.spend(mine, 1, "CA2")
    assert not tokens.spend(mine, 1, "CA1")
    assert tokens.subject(mine) == ""
    assert tokens.spend(tokens.issue(0, "CA1"), 1, "CA1")
    assert tokens.spend(tokens.issue(0), 1, "CA1")


def test_tokens_nobody_fetches_do_not_pile_up() -> None:
    tokens = Tokens(lifetime_s=60, most=3)
    first, *_, last = [tokens.issue(0) for _ in range(5)]
    assert len(tokens) == 3
    assert not tokens.spend(first, 1)
    assert tokens.spend(last, 1)
    tokens.issue(61)
    assert len(tokens) == 1
