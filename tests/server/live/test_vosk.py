"""Recognition over a real socket, as clients of the Vosk server ask for it."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.speech.detector import EnergyDetector, detectors
from server.speech.ports import OnReading, Reading
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from server.speech.whisper import Whisper
from tests.server.live.clocks import Real
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, Hum, LiveServer, serving

YES = Path(__file__).parents[2] / "audio/phrases/k_yunyang_08.wav"
"""好的可以"""
CHUNK_BYTES = 3200
"""0.2 s, as Vosk's own example sends."""


class Counting:
    """A recogniser that hears how many utterances there were, at once."""

    name, streaming, alive = "counting", True, True

    def open(self, on_reading: OnReading) -> Counting.Ear:
        return Counting.Ear(on_reading)

    def know(self, phrases: Iterable[str]) -> None:
        pass

    def close(self) -> None:
        pass

    class Ear:
        def __init__(self, tell: OnReading) -> None:
            self.tell, self.count, self.expected = tell, 0, ""

        def begin(self, expected: Sequence[str] = ()) -> None:
            self.count += 1
            self.expected = "".join(expected)

        def push(self, pcm: bytes) -> None:  # noqa: ARG002
            self.tell(Reading(f"第{self.count}", final=False))

        def end(self) -> None:
            self.tell(Reading(f"第{self.count}句{self.expected}", 0.9))

        def drop(self) -> None:
            pass

        def close(self) -> None:
            pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("data")
    speech = Speech(Counting(), EnergyDetector, Prompts(Hum(), folder / "prompts"))
    with serving(folder, speech=speech, clock=Real(), max_calls=2) as running:
        yield running
    speech.close()


@asynccontextmanager
async def asking(server: LiveServer, path: str = f"/vosk/{TOKEN}") -> AsyncIterator[ClientConnection]:
    async with connect(server.url(path)) as socket:
        yield socket


async def sent(socket: ClientConnection, sound: bytes) -> list[dict[str, Any]]:
    """In lock-step: each message waits for its answer."""
    answers = []
    for start in range(0, len(sound), CHUNK_BYTES):
        await socket.send(sound[start : start + CHUNK_BYTES])
        answers.append(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)))
    return answers


async def ended(socket: ClientConnection, eof: str | bytes = '{"eof" : 1}') -> dict[str, Any]:
    await socket.send(eof)
    last: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000
    return last


def voiced(seconds: float, rate_hz: int = 8000) -> bytes:
    return (b"\x00\x20" * 20 + b"\x00\xe0" * 20) * round(seconds * rate_hz / 40)


def silent(seconds: float, rate_hz: int = 8000) -> bytes:
    return bytes(2 * round(seconds * rate_hz))


@pytest.mark.parametrize("eof", ['{"eof" : 1}', '{"eof":1}', b'{"eof" : 1}'], ids=["exact", "tight", "bytes"])
def test_one_text_for_each_message_and_a_last_one(server: LiveServer, eof: str | bytes) -> None:
    sound = silent(0.4) + voiced(1) + silent(1) + voiced(1)

    async def ask() -> tuple[list[dict[str, Any]], dict[str, Any]]:
        async with asking(server) as socket:
            return await sent(socket, sound), await ended(socket, eof)

    answers, last = asyncio.run(ask())
    assert len(answers) == len(sound) // CHUNK_BYTES
    told = [next(iter(each.items())) for each in answers]
    assert told[0] == ("partial", "")
    assert ("partial", "第1") in told
    assert told.count(("text", "第1句")) == 1
    assert last == {"text": "第2句"}


def test_a_configuration_comes_first_and_later_changes_nothing(server: LiveServer) -> None:
    config = {"sample_rate": 16000, "max_alternatives": 1, "phrase_list": ["可以", "不 行"]}

    async def ask() -> dict[str, Any]:
        async with asking(server, f"/vosk?token={TOKEN}") as socket:
            await socket.send(json.dumps({"config": config}))
            await sent(socket, silent(0.4, 16000) + voiced(1, 16000))
            await socket.send('{"config":{"sample_rate":8000,"max_alternatives":0}}')
            return await ended(socket)

    assert asyncio.run(ask()) == {"alternatives": [{"confidence": 0.9, "text": "第1句可以不行"}]}


def test_who_says_nothing_is_told_so(server: LiveServer) -> None:
    async def ask() -> dict[str, Any]:
        async with asking(server) as socket:
            return await ended(socket)

    assert asyncio.run(ask()) == {"text": ""}


@pytest.mark.parametrize(
    ("message", "code"),
    [(bytes(100_000), 1009), ('{"config":{"sample_rate":1}}', 1003), ('{"config":5}', 1002)],
)
def test_what_cannot_be_heard_closes_the_socket(server: LiveServer, message: str | bytes, code: int) -> None:
    async def ask() -> int:
        async with asking(server) as socket:
            await socket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)
        return closed.value.rcvd.code if closed.value.rcvd else 0

    assert asyncio.run(ask()) == code


def test_nobody_is_heard_without_a_credential_or_a_place(server: LiveServer) -> None:
    async def ask(path: str) -> None:
        async with asking(server, path):
            pass

    async def crowd() -> None:
        async with asking(server), asking(server), asking(server):
            pass

    for path in ("/vosk", "/vosk/other", "/vosk?token=other"):
        with pytest.raises(InvalidStatus, match="401"):
            asyncio.run(ask(path))
    with pytest.raises(InvalidStatus, match="503"):
        asyncio.run(crowd())


def test_a_server_that_does_not_hear_says_so(tmp_path: Path) -> None:
    async def ask(server: LiveServer) -> None:
        async with asking(server):
            pass

    with serving(tmp_path) as deaf, pytest.raises(InvalidStatus, match="503"):
        asyncio.run(ask(deaf))


def test_real_words_are_heard_by_the_real_recogniser(tmp_path: Path) -> None:
    with wave.open(str(YES)) as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())

    async def ask(server: LiveServer) -> str:
        async with asking(server) as socket:
            await socket.send(json.dumps({"config": {"sample_rate": rate}}))
            answers = await sent(socket, silent(0.4, rate) + sound + silent(1, rate))
            texts = [each.get("text", "") for each in [*answers, await ended(socket)]]
            return "".join(texts)

    speech = Speech(Whisper(2), detectors(), Prompts(Hum(), tmp_path / "prompts"))
    with serving(tmp_path, speech=speech, clock=Real()) as hearing:
        heard = asyncio.run(ask(hearing))
    speech.close()
    assert heard == "好的可以"
