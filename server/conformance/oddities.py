"""Messages that no page describes: those that must be ignored, and broken ones, which may end their own call alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from websockets.exceptions import ConnectionClosed

from server.conformance.case import Case, FailedError
from server.conformance.dial import dial
from server.conformance.line import How, Line, Messages
from server.conformance.peers import ALL, BY_WEBSOCKET, IN_BINARY, TEXT_ONLY
from server.conformance.site import Site

Message = str | bytes
ORDERLY = "RFC 6455 section 7.4.1: 1002, 1003, 1007, 1008 and 1009 are for this, 1006 and 1011 are not"
PONG_SECONDS = 2


# --- to be ignored ---------------------------------------------------------------------------------------------------


async def unknown_events(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        for word in ("x-new-event", "NEW_EVENT", "websocket:new", "事件"):
            named = {"event": word, "type": word, "streamSid": f"MZ{line.call_id}", "id": f"session-{line.call_id}"}
            await line.send(json.dumps(named, ensure_ascii=False))
        return await line.goes_on()


def _more_fields(messages: Messages) -> Messages:
    return [_widened(message) if isinstance(message, str) else message for message in messages]


def _widened(message: str) -> str:
    """With fields that nobody knows, on all levels."""
    if not message.startswith("{"):
        return message
    return json.dumps(_wider(json.loads(message)))


def _wider(fields: dict[str, Any]) -> dict[str, Any]:
    inner = {key: _wider(each) if isinstance(each, dict) else each for key, each in fields.items()}
    return inner | {"xNew": [1, {"a": None}], "x_new": "新"}


async def unknown_fields(site: Site, name: str) -> str:
    async with dial(site, name, How(alter=_more_fields)) as line:
        await line.bot()
        return await line.goes_on()


async def keys(site: Site, name: str) -> str:
    """All that a telephone has, one that it has not, faster than fingers."""
    async with dial(site, name) as line:
        await line.bot()
        for key in "0123456789*#ABCDx":
            await line.send(*line.far.digit(key))
        return await line.orderly()


async def ping(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        began_ms = line.now_ms
        try:
            async with asyncio.timeout(PONG_SECONDS):
                await (await line.websocket.ping(b"are you there"))
        except (TimeoutError, ConnectionClosed):
            raise FailedError(f"a ping should be answered, and no pong came within {PONG_SECONDS} s") from None
        return f"answered after {line.now_ms - began_ms:.0f} ms"


# --- broken ----------------------------------------------------------------------------------------------------------


def _media(payload: object) -> Callable[[Line], Message]:
    """A message of sound as those send it who send JSON alone, with this for its sound."""

    def make(line: Line) -> Message:
        told = json.loads(str(line.far.audio(line.far.format.silence * 4)[0]))
        told["media"]["payload"] = payload
        return json.dumps(told)

    return make


BROKEN: Mapping[str, tuple[str, Callable[[Line], Message], frozenset[str]]] = {
    "cut-json": ("JSON that ends in the middle", lambda _: '{"event": "media", "media": {"pay', BY_WEBSOCKET),
    "json-list": ("JSON that is no object", lambda _: "[1, 2, 3]", BY_WEBSOCKET),
    "no-json": ("a text that is no JSON", lambda _: "hello?", BY_WEBSOCKET),
    "empty-text": ("an empty text", lambda _: "", BY_WEBSOCKET),
    "deep-json": ("JSON nested a hundred thousand times", lambda _: "[" * 100_000, BY_WEBSOCKET),
    "deep-object": ("an object nested ten thousand times", lambda _: '{"event":' * 10_000 + "1" + "}" * 10_000,
                    BY_WEBSOCKET),
    "wrong-types": ("fields of another type than they have",
                    lambda _: '{"event": 5, "type": ["x"], "media": "x", "parameters": 1, "data": []}', BY_WEBSOCKET),
    "nan": ("numbers that JSON does not have", lambda _: '{"event": "dtmf", "type": "dtmf", "seq": NaN, "dtmf": NaN}',
            BY_WEBSOCKET),
    "lone-surrogate": ("half a character", lambda _: '{"event": "\\ud83d", "type": "\\ud83d"}', BY_WEBSOCKET),
    "big-text": ("a text of 900 KB", lambda _: json.dumps({"event": "x-big", "type": "x-big", "more": "y" * 900_000}),
                 BY_WEBSOCKET),
    "bad-base64": ("sound that is no base64", _media("%%% no base64 %%%"), TEXT_ONLY),
    "number-base64": ("a number for sound", _media(12345), TEXT_ONLY),
    "no-payload": ("sound without sound", _media(None), TEXT_ONLY),
    "binary-message": ("a binary message on a line of text", lambda line: line.far.format.silence * 160, TEXT_ONLY),
    "text-for-sound": ("sound as text on a line of binary", lambda _: "\x00\x01" * 160, IN_BINARY),
    "half-sample": ("a message that ends within a sample", lambda _: b"\x00\x00\x00", IN_BINARY - {"genesys"}),
}  # fmt: skip
"""By the case's name: what it is, how it is made, for whom."""


def _broken(make: Callable[[Line], Message]) -> Callable[[Site, str], Awaitable[str]]:
    async def play(site: Site, name: str) -> str:
        async with dial(site, name) as line:
            await line.bot()
            await line.send(make(line))
            found = await line.orderly()
        async with dial(site, name) as after:
            await after.bot()
        return f"{found}; the next call is taken"

    return play


async def bad_utf8(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.websocket.send(b'{"event": "\xff\xfe"}', text=True)
        await line.until(lambda: line.closed is not None, 2_000)
        if line.closed is None or line.closed.code not in (1002, 1007, 1003):
            raise FailedError(f"expected to be closed with 1007, and the line is {_state(line)}")
        return f"closed with {line.closed.code}"


def _state(line: Line) -> str:
    return f"closed with {line.closed}" if line.closed else "open"


CASES = (
    Case("unknown-events", "events that nobody knows are ignored", "vendors add events without a new version",
         unknown_events, BY_WEBSOCKET),
    Case("unknown-fields", "fields that nobody knows are ignored", "vendors add fields without a new version",
         unknown_fields, BY_WEBSOCKET),
    Case("keys", "all keys of a telephone are taken, at any pace", "RFC 4733", keys, ALL),
    Case("ping", "a ping is answered", "RFC 6455 section 5.5.2", ping, BY_WEBSOCKET),
    Case("bad-utf8", "text that is not UTF-8 closes the line with 1007", "RFC 6455 section 8.1", bad_utf8,
         BY_WEBSOCKET),
    *(
        Case(name, f"{what} is ignored or ends that call in order, and no other", ORDERLY, _broken(make), gateways)
        for name, (what, make, gateways) in BROKEN.items()
    ),
)  # fmt: skip
