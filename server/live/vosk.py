"""Recognition for whoever speaks the protocol of the Vosk server: `/vosk`, heard by the recogniser of this server.

The ears are those of a call: the same detector, the same ends of utterances. A place is held like that of a call, since
it costs as much to listen to.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import WebSocket
from fastapi.responses import PlainTextResponse

from server.audio.frames import Framer
from server.audio.line import Line
from server.gateways import vosk
from server.gateways.wire import Format, WireError
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.live.session import GoneError
from server.live.sockets import ServerSocket
from server.metrics import METRICS
from server.speech.listening import Listening, VoiceEnded
from server.speech.ports import FRAME_MS, Reading
from server.speech.provide import Speech

log = structlog.get_logger()

NAME, PATH = "vosk", "/vosk"
YIELD_FRAMES = 25
"""After so many frames of one message others have their turn."""
END_MS = 5_000
"""Silence that ends any utterance."""
LAST_SECONDS = 15.0
"""The last words have so long to be recognised."""


class Hearing:
    """What one client is heard to say."""

    def __init__(self, speech: Speech) -> None:
        self.config = vosk.Config()
        self.partial = ""
        self._speech = speech
        self._listening: Listening | None = None
        self._line = Line(Format("l16", self.config.rate_hz))
        self._framer = Framer()
        self._media_ms = 0
        self._results: deque[Reading] = deque()
        self._owed = 0
        """Utterances whose words are still to come; below 0 while one is told that has not been counted yet."""
        self._all = asyncio.Event()

    def configure(self, config: vosk.Config) -> None:
        """Before any sound; afterwards it changes nothing, as with Vosk."""
        if self._listening is None:
            self.config, self._line = config, Line(Format("l16", config.rate_hz))

    async def hear(self, sound: bytes) -> None:
        listening = self._open()
        for number, frame in enumerate(self._framer.push(self._line.hear(sound))):
            self._count(listening.hear(frame, self._media_ms))
            self._media_ms += FRAME_MS
            if number % YIELD_FRAMES == YIELD_FRAMES - 1:
                await asyncio.sleep(0)

    def answer(self) -> str:
        """To one message of sound."""
        if self._results:
            return vosk.result([self._results.popleft()], self.config.alternatives)
        return vosk.partial(self.partial)

    async def last(self) -> str:
        """All that was said and not yet told."""
        if self._listening:
            self._count(self._listening.quiet(self._media_ms + END_MS))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while self._owed > 0:
                    self._all.clear()
                    await self._all.wait()
        return vosk.result(list(self._results) or [Reading("")], self.config.alternatives)

    def close(self) -> None:
        if self._listening:
            self._listening.close()

    def _open(self) -> Listening:
        if self._listening is None:
            listening = self._speech.listen(self._read)
            if listening is None:
                raise GoneError("there is no recogniser")
            listening.expect(self.config.phrases)
            self._listening = listening
        return self._listening

    def _count(self, fact: object) -> None:
        self._owed += isinstance(fact, VoiceEnded)

    def _read(self, reading: Reading) -> None:
        if not reading.final:
            self.partial = reading.text
            return
        self.partial = ""
        self._owed -= 1
        if reading.text:
            self._results.append(reading)
        self._all.set()


def route(desk: Desk, doorman: Doorman) -> Callable[[WebSocket], Coroutine[Any, Any, None]]:
    """Answers at `PATH`, and with the token behind it."""

    async def connect(socket: WebSocket) -> None:
        behind = socket.path_params.get("token", "")
        if not (doorman.knows(socket.headers, socket.query_params) or doorman.takes(behind, NAME)):
            return await _refuse(socket, 401, "no valid credential")
        if desk.speech.recogniser is None:
            return await _refuse(socket, 503, "this server has no recogniser: its gateways recognise speech")
        if why := desk.why_not():
            return await _refuse(socket, 503, why)
        with desk.place():
            await socket.accept()
            await _listen(desk, ServerSocket(socket))
        return None

    return connect


async def _refuse(socket: WebSocket, status: int, why: str) -> None:
    log.warning("refused", gateway=NAME, why=why)
    METRICS.refused.labels(NAME).inc()
    await socket.send_denial_response(PlainTextResponse(why, status))


async def _listen(desk: Desk, socket: ServerSocket) -> None:
    hearing = Hearing(desk.speech)
    code, reason = 1000, ""
    try:
        await _answer(desk, socket, hearing)
        await socket.send(await hearing.last())
    except GoneError:
        pass
    except WireError as broken:
        code, reason = broken.code, broken.reason[:100]
    except TimeoutError:
        code, reason = 1008, f"nothing came for {desk.settings.idle_seconds:g} s"
    finally:
        hearing.close()
        await socket.close(code, reason)


async def _answer(desk: Desk, socket: ServerSocket, hearing: Hearing) -> None:
    """Until the client has done, or the server stops."""
    while not desk.draining:
        async with asyncio.timeout(desk.settings.idle_seconds):
            asked = vosk.asked(await socket.receive())
        match asked:
            case vosk.Eof():
                return
            case vosk.Config():
                hearing.configure(asked)
            case vosk.Sound(payload):
                if len(payload) > vosk.LONGEST_S * hearing.config.rate_hz * 2:
                    raise WireError(f"a message must hold {vosk.LONGEST_S} s of sound at most", 1009)
                await hearing.hear(payload)
                await socket.send(hearing.answer())
