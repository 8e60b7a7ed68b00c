"""The protocol of the Vosk server, as its clients speak it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.vosk import PHRASES, Asked, Config, Eof, Sound, Unknown, asked, partial, result
from server.gateways.wire import WireError
from server.speech.ports import Reading


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ('{"config" : { "sample_rate" : 16000 } }', Config(16000)),
        ('{"config":{"sample_rate":8000.0,"words":1,"max_alternatives":3}}', Config(8000, 3)),
        ('{"config":{"phrase_list":["你 好","", 5, "不 需要"]}}', Config(8000, 0, ("你好", "不需要"))),
        ('{"config":{"phrase_list":null,"max_alternatives":-1}}', Config()),
        ("{}", Unknown()),
        ("hello", Unknown()),
        ('{"eof" : 1}', Eof()),
        ('{"eof":1}', Eof()),
        (b'{"eof" : 1}', Eof()),
        (b"eof\0", Sound(b"eof\0")),
        (b"\1\0" * 4000, Sound(b"\1\0" * 4000)),
        (b"", Sound(b"")),
    ],
)
def test_what_a_client_asks(message: str | bytes, meaning: Asked) -> None:
    assert asked(message) == meaning


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"config":{"sample_rate":4000}}', "8000 to 48000"),
        ('{"config":{"sample_rate":"fast"}}', "whole number"),
        ('{"config":5}', "must be an object"),
        ('{"config":{"phrase_list":"你好"}}', "phrase_list must be a list"),
        (json.dumps({"config": {"phrase_list": ["好"] * (PHRASES + 1)}}), "phrase_list must be a list of 500"),
        ("config", "not JSON"),
    ],
)
def test_what_cannot_be(message: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        asked(message)


def test_answers() -> None:
    assert partial("你好") == '{"partial": "你好"}'
    assert result([Reading("你好", 0.9)]) == '{"text": "你好"}'
    assert result([Reading("")]) == '{"text": ""}'
    assert result([Reading("你好"), Reading(""), Reading("再见")]) == '{"text": "你好 再见"}'


def test_alternatives_are_told_where_they_are_asked_for() -> None:
    reading = Reading("你好", 0.9, alternatives=(("您好", 0.1), ("泥好", None)))
    assert json.loads(result([reading], 2)) == {
        "alternatives": [{"confidence": 0.9, "text": "你好"}, {"confidence": 0.1, "text": "您好"}],
    }  # fmt: skip
    assert json.loads(result([reading, Reading("好", 0.5)], 3)) == {
        "alternatives": [{"confidence": 0.5, "text": "你好 好"}],
    }  # fmt: skip


@given(st.text() | st.binary(max_size=100) | st.text().map('{{"config":{}}}'.format))
def test_whatever_comes_is_understood_or_refused_in_words(message: str | bytes) -> None:
    try:
        assert isinstance(asked(message), Asked)
    except WireError as error:
        assert error.reason.isprintable()  # noqa: PT017
