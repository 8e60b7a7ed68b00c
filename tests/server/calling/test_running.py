"""Calls no faster than time over real sockets, to a bot of tones that speaks the product's own codecs."""

from __future__ import annotations

import asyncio
import json
import socket
import wave
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import Response

from server.audio.recording import Recording
from server.calling.caller import Caller
from server.calling.lines import UnreachableError
from server.calling.notes import Note, note_line
from server.calling.running import Dial, place
from server.calling.scenario import Say, Scenario, Stall, Step
from server.gateways.far.table import FAR_ENDS
from tests.server.calling.bots import tone
from tests.server.calling.peers import listening
from tests.server.live.clocks import Clock, run

HELLO = Say("喂你好")


async def call(
    url: str, gateway: str, *steps: Step, recording: Recording | None = None, most_ms: int = 20_000
) -> tuple[Caller, list[Note], list[float]]:
    notes: list[Note] = []
    sounds: dict[Step, bytes] = {step: tone(200) for step in steps if isinstance(step, Say)}
    caller = Caller(FAR_ENDS[gateway](), Scenario("", steps), sounds, notes.append)
    late_ms = await place(Dial(url, gateway, {"script": "shop", "name": "王"}, most_ms), caller, recording)
    return caller, notes, late_ms


@pytest.mark.parametrize("gateway", [name for name in FAR_ENDS if name != "audiosocket"])  # that one has no socket here
def test_a_call_by_each_gateway(gateway: str, tmp_path: Path) -> None:
    async def talk() -> None:
        recording = Recording(tmp_path / "call.wav")
        async with listening(gateway, prompts=(300, 400)) as (url, bots):
            caller, notes, late_ms = await call(url, gateway, HELLO, recording=recording)
        recording.close()
        kinds = [note.kind for note in notes if note.kind != "cleared"]
        turn = ["bot speaks", "bot silent", "caller speaks", "caller silent", "bot speaks", "bot silent"]
        assert kinds == ["connected", *turn, "ended"]
        assert caller.ended
        assert (caller.ended.by, caller.ended.in_order) == ("bot", True)
        assert [round(note.ms or 0, -2) for note in notes if note.kind == "bot silent"] == [300, 400]
        (bot,) = bots
        assert bot.frames == pytest.approx(len(late_ms), abs=60)

    run(Clock(), talk())
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        assert file.getnframes() > 8000


def test_what_the_dial_brings_reaches_the_bot() -> None:
    async def talk() -> None:
        async with listening("huashu", prompts=(100,)) as (url, bots):
            await call(url, "huashu")
        started = bots[0].started
        assert started
        assert started.params == {"script": "shop", "name": "王"}
        assert len(started.call_id) == 32

    run(Clock(), talk())


def test_calls_at_the_same_time_do_not_hear_each_other() -> None:
    async def talk() -> None:
        async with listening("twilio", prompts=(200, 200)) as (url, bots):
            calls = await asyncio.gather(*(call(url, "twilio", HELLO) for _ in range(10)))
        assert len({bot.started.call_id for bot in bots if bot.started}) == 10
        for caller, notes, _ in calls:
            assert caller.ended
            assert caller.ended.in_order
            assert sum(note.kind == "bot speaks" for note in notes) == 2

    run(Clock(), talk())


def test_a_caller_that_reads_nothing_goes_on_sending() -> None:
    async def talk() -> None:
        async with listening("twilio", prompts=(200, 200)) as (url, bots):
            _, notes, _ = await call(url, "twilio", Stall(600), HELLO)
        speaks = [note.at_ms for note in notes if note.kind == "bot speaks"]
        assert speaks[0] > 600
        assert bots[0].frames > 40

    run(Clock(), talk())


def test_a_call_without_an_end_is_given_up() -> None:
    async def talk() -> None:
        async with listening("twilio", prompts=(100,), hangs_up=False) as (url, bots):
            caller, *_ = await call(url, "twilio", most_ms=400)
        assert caller.ended
        assert note_line(caller.ended).endswith("ended        by the caller: no end within 0.4 s")
        assert not caller.ended.in_order
        assert bots[0].ended

    run(Clock(), talk())


def test_a_close_that_is_not_in_order_is_told_though_the_bot_hung_up() -> None:
    async def talk() -> None:
        async with listening("huashu", code=1008, prompts=(100,)) as (url, _):
            caller, *_ = await call(url, "huashu")
        assert caller.ended
        assert not caller.ended.in_order
        assert caller.ended.text == "closed with 1008: all lines are taken"

    run(Clock(), talk())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"no such script\nmore", "HTTP 401: no such script"),
        (b"no valid credential", "HTTP 401: no valid credential (give the server's with --token or HUASHU_TOKEN)"),
        (json.dumps({"detail": "all lines are taken"}).encode(), "HTTP 401: all lines are taken"),
        (b"", "HTTP 401"),
    ],
)
def test_a_refusal_is_told_with_its_reason(body: bytes, told: str) -> None:
    async def talk() -> None:
        from websockets.datastructures import Headers  # noqa: PLC0415

        refuse = Response(HTTPStatus.UNAUTHORIZED, "no", Headers({"Content-Length": str(len(body))}), body)
        async with listening("twilio", refuse=refuse) as (url, _):
            with pytest.raises(UnreachableError) as refused:
                await call(url, "twilio")
        assert str(refused.value) == f"{url} refuses the call: {told}"

    run(Clock(), talk())


def test_where_nobody_listens_no_call_comes_about() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{free.getsockname()[1]}/twilio"
        with pytest.raises(UnreachableError, match=r"cannot be reached: .* \(is `huashu serve` running there\?\)"):
            asyncio.run(call(url, "twilio"))
        with pytest.raises(UnreachableError, match=r"^ws://127.0.0.1:\d+/twilio cannot be reached"):
            asyncio.run(call(url.replace("//", "//name:password@") + "/token?token=t0", "twilio"))
    with pytest.raises(UnreachableError, match="'http://x/' is no WebSocket address"):
        asyncio.run(call("http://x/", "twilio"))
