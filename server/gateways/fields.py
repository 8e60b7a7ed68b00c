"""Reading what a gateway wrote, and nothing else: JSON, its fields, base64.

Whatever is not as it must be becomes a `WireError`, so that no codec ever fails in another way. Values never appear in
its words: they may be telephone numbers or tokens, and reasons are logged.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from engine.calls.events import KEYS
from server.gateways.wire import Answered, Audio, Digit, Failed, Incoming, Oddity, WireError

UNSUPPORTED = 1003
"""Close code for data we cannot take, such as an encoding (RFC 6455 section 7.4.1)."""
POLICY = 1008
"""Close code for a message that breaks our policy."""

LONGEST_ID = 256
MARKS_KEPT = 256
"""Marks a codec remembers; a stream whose marks never return must not fill the memory."""
_MARK = re.compile(r"[A-Za-z0-9:_.-]{1,64}")
_NAME = re.compile(r"[\w./:-]{1,40}")


def json_object(message: str) -> dict[str, Any]:
    try:
        value = from_json(message)  # of pydantic, in a third of the time: fifty times a second for each call
    except (ValueError, TypeError):
        value = _slowly(message)
    if not isinstance(value, dict):
        raise WireError("a text message is JSON, but not an object")
    return value


def _slowly(message: str) -> Any:
    """It may be halves of characters that only `json` takes."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise WireError("a text message is not JSON") from None


def kind(fields: Mapping[str, Any], key: str) -> str:
    """What a message calls itself; empty where that is no name."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def child(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object inside, empty where there is none."""
    value = fields.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WireError(f"{key} must be an object")
    return value


def text(fields: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A string; numbers are taken too, since gateways disagree on what is a number."""
    value = fields.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WireError(f"{key} must be a string" if value is not None else f"{key} is missing")
    return written(value)


def identifier(fields: Mapping[str, Any], key: str) -> str:
    """A name the gateway gave to something, so neither empty nor endless."""
    value = text(fields, key)
    if not 0 < len(value) <= LONGEST_ID:
        raise WireError(f"{key} must have 1 to {LONGEST_ID} characters")
    return value


def number(fields: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """A whole number, written as one or as a string that holds one."""
    value = fields.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise WireError(f"{key} must be a whole number" if value is not None else f"{key} is missing")
    return int(value)


def written(value: object) -> str:
    """A JSON value as text. Halves of surrogate pairs, which JSON can hold but no file, become question marks."""
    try:
        plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise WireError("a text message is nested too deep") from None
    return plain if plain.isascii() else plain.encode("utf-8", "replace").decode()


def is_true(fields: Mapping[str, Any], key: str) -> bool:
    """However it is written: dialplans and platforms have no truth but in words."""
    return str(fields.get(key, "")).strip().lower() in ("true", "1", "yes")


def params(fields: Mapping[str, Any]) -> dict[str, str]:
    """Values of a flat object as text; what is null was not said."""
    return {written(key): written(value) for key, value in fields.items() if value is not None}


def unbase64(fields: Mapping[str, Any], key: str) -> bytes:
    value = fields.get(key)
    if not isinstance(value, str):
        raise WireError(f"{key} must be a string of base64")
    try:
        return a2b_base64(value, strict_mode=True)
    except ValueError:
        raise WireError(f"{key} is not base64") from None


def base64(payload: bytes) -> str:
    return b2a_base64(payload, newline=False).decode()


def pressed(key: str) -> Incoming:
    return Digit(key.upper()) if key.upper() in KEYS else Oddity("a key that no telephone has")


def answered(told: Mapping[str, Any]) -> Answered:
    """A call that was early is answered; an unknown word for who did it says nothing."""
    by = kind(told, "by")
    return Answered("human" if by == "human" else "machine" if by == "machine" else "unknown")


def failed(told: Mapping[str, Any]) -> Failed:
    """A call that was early fails. Codes that cannot be are told as the gateway's own word, not lost."""
    codes = {key: _code(told, key) for key in ("sip", "q850")}
    odd = [f"{key} {written(told[key])}"[:40] for key, code in codes.items() if code is None and key in told]
    word = ", ".join(filter(None, (text(told, "reason", "")[:200], *odd)))
    return Failed(codes["sip"], codes["q850"], word, text(told, "header", "")[:500])


def _code(told: Mapping[str, Any], key: str) -> int | None:
    value = str(told.get(key, ""))
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 3 else None


def samples(payload: bytes, bytes_each: int) -> tuple[Audio, ...]:
    """Audio of whole samples; none is no audio."""
    if len(payload) % bytes_each:
        raise WireError("audio ends within a sample")
    return (Audio(payload),) if payload else ()


def unknown(what: str, name: str) -> Oddity:
    """A message of a kind nobody knows, by its name if that can be one."""
    return Oddity(f"unknown {what}: {name if _NAME.fullmatch(name) else 'without a name'}")


def mark_name(name: str) -> str:
    """Names of marks go into JSON, plain text and FreeSWITCH, which does not escape them."""
    if not _MARK.fullmatch(name):
        raise ValueError(f"not a name for a mark: {name!r}")
    return name
