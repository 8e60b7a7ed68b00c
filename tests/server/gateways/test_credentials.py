"""What opens the door, and what does not."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.credentials import Tokens, basic, bearer, same, signed_by_twilio, spellings, twilio_signature

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
    assert not tokens.spend(mine, 1, "CA2")
    assert not tokens.spend(mine, 1, "CA1")
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
