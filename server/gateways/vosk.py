"""The protocol of the Vosk server, both ways: for whoever speaks it already and wants to be heard by this recogniser.

Sound comes as binary messages and each is answered by exactly one text, since many clients wait for it before they send
more: a partial reading, or, when one is ready, a result. A text with a configuration may come first, one with `eof`
ends it. No call is in it, so it is no gateway.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from server.gateways import fields
from server.gateways.wire import WireError
from server.speech.ports import Reading

RATES_HZ = range(8000, 48001)
PHRASES = 500
"""Of a configuration, each of `PHRASE_CHARS` at most."""
PHRASE_CHARS = 100
LONGEST_S = 5
"""Of sound in one message: clients send a tenth or a quarter of a second."""
EOF_BYTES = 64


@dataclass(frozen=True, slots=True)
class Config:
    """What the client asks for, before any sound."""

    rate_hz: int = 8000
    alternatives: int = 0
    """How many readings of each utterance; 0 for the best, as plain text."""
    phrases: tuple[str, ...] = ()
    """Likely to be said."""


@dataclass(frozen=True, slots=True)
class Sound:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Eof:
    """That was all."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A text that asks for nothing."""


Asked = Config | Sound | Eof | Unknown


def asked(message: str | bytes) -> Asked:
    """What a message of the client means. `eof` may have any blanks and come as bytes, as clients have it. Raises
    `WireError` for a configuration that cannot be.
    """
    if isinstance(message, bytes):
        text = message.decode("latin-1") if len(message) < EOF_BYTES and b"eof" in message else ""
        return Eof() if _is_eof(text) else Sound(message)
    if _is_eof(message):
        return Eof()
    return _config(message) if "config" in message else Unknown()


def _is_eof(text: str) -> bool:
    return "".join(text.split()) == '{"eof":1}'


def _config(message: str) -> Config:
    told = fields.child(fields.json_object(message), "config")
    rate = fields.number(told, "sample_rate", 8000)
    if rate not in RATES_HZ:
        raise WireError("sample_rate must be 8000 to 48000", fields.UNSUPPORTED)
    phrases = told.get("phrase_list") or []
    if not isinstance(phrases, list) or len(phrases) > PHRASES:
        raise WireError(f"phrase_list must be a list of {PHRASES} phrases at most")
    wanted = tuple(fields.written(each).replace(" ", "") for each in phrases if isinstance(each, str))
    alternatives = max(0, min(fields.number(told, "max_alternatives", 0), 10))
    return Config(rate, alternatives, tuple(each for each in wanted if 0 < len(each) <= PHRASE_CHARS))


def partial(text: str) -> str:
    return _say({"partial": text})


def result(readings: Sequence[Reading], alternatives: int = 0) -> str:
    """One result of what was heard, usually one utterance; of several the texts stand one after the other."""
    text = " ".join(each.text for each in readings if each.text)
    if not alternatives:
        return _say({"text": text})
    sure = min((each.confidence for each in readings if each.confidence is not None), default=1.0)
    others = readings[-1].alternatives if len(readings) == 1 else ()
    found = [(text, sure), *((other, confidence or 0.0) for other, confidence in others)]
    return _say({"alternatives": [{"confidence": each, "text": words} for words, each in found[:alternatives]]})


def _say(told: dict[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False)
