"""The protocol of the Vosk server: one answer to each message of sound, a last result after the end, and a close."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.site import Address, Site
from server.conformance.wires import LostError, Opening, WebSocketWire, open_websocket

NAME, PATH = "vosk", "/vosk"
ONLY = frozenset({NAME})
PAGE = "vosk-server, asr_server.py"
ANSWER_SECONDS = 5
LAST_SECONDS = 20
CHUNK = bytes(3200)
"""0.2 s of silence, as Vosk's own example sends."""
CONFIG = '{"config": {"sample_rate": 8000, "words": 1, "max_alternatives": 0, "phrase_list": ["你好"]}}'
EOF = '{"eof" : 1}'


@asynccontextmanager
async def listening(site: Site, token: str | None = None) -> AsyncIterator[WebSocketWire]:
    headers = {"Authorization": f"Bearer {told}"} if (told := site.token if token is None else token) else {}
    try:
        wire = await open_websocket(Address(site.url or site.base + PATH, headers), Opening(patient=False))
    except InvalidStatus as refused:
        if refused.response.status_code == 404:
            raise SkippedError("nobody listens at this address: HTTP 404") from None
        raise
    try:
        yield wire
    finally:
        await wire.close()


async def _answer(wire: WebSocketWire, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            message = await wire.receive()
    except TimeoutError:
        raise FailedError(f"an answer was expected, and none came within {seconds:g} s") from None
    except LostError as lost:
        raise FailedError(f"an answer was expected, and the line was closed with {lost}") from None
    if isinstance(message, bytes):
        raise FailedError("answers are text, and this was binary")
    told = json.loads(message)
    if not isinstance(told, dict) or not {"partial", "text", "alternatives"} & set(told):
        raise FailedError(f"an answer has partial, text or alternatives, and this had {sorted(told)}")
    return told


async def _ends(wire: WebSocketWire, eof: str | bytes = EOF) -> str:
    await wire.send(eof)
    told = await _answer(wire, LAST_SECONDS)
    if "partial" in told:
        raise FailedError("after eof a result was expected, and a partial came")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await wire.receive()
    except LostError as lost:
        if lost.code == 1006:
            raise FailedError("after the last result the line broke instead of being closed") from None
        return "a result comes after eof, and the line is closed"
    except TimeoutError:
        raise FailedError("after the last result the line should be closed, and it stays open") from None
    raise FailedError("after the last result nothing should come, and a message came")


async def session(site: Site, name: str) -> str:
    async with listening(site) as wire:
        await wire.send(CONFIG)
        for _ in range(5):
            await wire.send(CHUNK)
            await _answer(wire)
        return await _ends(wire)


async def one_to_one(site: Site, name: str) -> str:
    """All at once: as many answers as messages of sound, and not one more."""
    async with listening(site) as wire:
        sizes = (2, 160, 3200, 320, 16000, 8000, 4, 2560)
        for size in sizes:
            await wire.send(bytes(size))
        for _ in sizes:
            await _answer(wire)
        try:
            async with asyncio.timeout(0.5):
                await wire.receive()
        except TimeoutError:
            return f"{len(sizes)} messages of sound have {len(sizes)} answers"
        raise FailedError(f"{len(sizes)} messages of sound should have as many answers, and there came one more")


async def eof_alone(site: Site, name: str) -> str:
    async with listening(site) as wire:
        return await _ends(wire)


async def eof_in_bytes(site: Site, name: str) -> str:
    async with listening(site) as wire:
        await wire.send(CHUNK)
        await _answer(wire)
        return await _ends(wire, b'{"eof":1}')


async def rate(site: Site, name: str) -> str:
    async with listening(site) as wire:
        await wire.send('{"config": {"sample_rate": 16000.0}}')
        await wire.send(bytes(6400))
        await _answer(wire)
        return await _ends(wire)


async def broken(site: Site, name: str) -> str:
    """That connection may end; the next one is heard."""
    found = []
    for message in ('{"config": ', '{"config": 5}', '{"config": {"sample_rate": "fast"}}', "hello?", b"\x00"):
        async with listening(site) as wire:
            await wire.send(message)
            try:
                await wire.send(CHUNK)
                await _answer(wire)
            except FailedError:
                await wire.socket.wait_closed()
                code = wire.socket.close_code
                if code in (1006, 1011):
                    raise FailedError(f"{message!r} should be ignored or closed in order, and came to {code}") from None
                found.append(str(code))
            except ConnectionClosed:
                found.append("closed")
    async with listening(site) as wire:
        await wire.send(CHUNK)
        await _answer(wire)
    return f"{len(found)} of 5 end their connection in order, the next one is heard"


async def dropped(site: Site, name: str) -> str:
    for _ in range(3):
        async with listening(site) as wire:
            await wire.send(CHUNK)
            wire.drop()
    async with listening(site) as wire:
        await wire.send(CHUNK)
        await _answer(wire)
    return "the next connection is heard"


async def wrong_token(site: Site, name: str) -> str:
    if not site.token:
        raise SkippedError("give --token: without one nobody is turned away")
    try:
        async with listening(site, "this-token-is-wrong"):
            raise FailedError("a wrong token should be refused, and the socket was opened")
    except InvalidStatus as refused:
        return f"refused with HTTP {refused.response.status_code}"


CASES = (
    Case("vosk-session", "a configuration, sound with an answer to each message, a result after eof, a close", PAGE,
         session, ONLY),
    Case("vosk-one-to-one", "each message of sound has exactly one answer, of whatever size it is",
         "clients wait for each answer before they send more", one_to_one, ONLY),
    Case("vosk-eof-alone", "eof without any sound has a result", PAGE, eof_alone, ONLY),
    Case("vosk-eof-bytes", "eof is understood as bytes and with any blanks", "vosk-server issue 97", eof_in_bytes,
         ONLY),
    Case("vosk-rate", "a rate of 16000 is taken, as a number with a point too", PAGE, rate, ONLY),
    Case("vosk-broken", "broken messages are ignored or end their connection in order", "RFC 6455 section 7.4.1",
         broken, ONLY),
    Case("vosk-dropped", "a line that breaks does no harm", "vosk-server issues 231 and 253", dropped, ONLY),
    Case("vosk-wrong-token", "a wrong token is refused before the stream", "RFC 6455 section 4.2.2", wrong_token, ONLY),
)  # fmt: skip
