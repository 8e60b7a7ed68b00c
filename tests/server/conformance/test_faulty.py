"""The kit can fail: bots with one fault each turn the cases red that are about it, and the same bot without is green."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from streamdouble.api import run_scenario_sync
from streamdouble.scenario import parse
from streamdouble.session import SessionConfig
from websockets.asyncio.server import ServerConnection, serve

from server.conformance.case import Verdict
from server.conformance.running import play
from server.conformance.site import Site
from server.conformance.table import BY_NAME, CASES
from server.gateways.audiosocket import SOUND, frame
from tests.server.conformance.faulty import TOKEN, Answering, bot, by_tcp
from tests.server.live.clocks import Clock
from tests.server.live.clocks import run as run_by

Verdicts = dict[str, Verdict]


async def judged(site: Site, gateway: str, *cases: str) -> Verdicts:
    wanted = [BY_NAME[name] for name in cases] or [case for case in CASES if gateway in case.gateways]
    return {each.case.name: each for each in await play(site, [gateway], wanted, lambda _: None)}


def at(gateway: str, fault: str, *cases: str) -> Verdicts:
    async def run() -> Verdicts:
        async with bot(gateway, fault) as url:
            return await judged(Site("", url, TOKEN), gateway, *cases)

    return run_by(Clock(), run())


def test_a_sound_bot_of_another_make_is_green() -> None:
    async def run() -> list[Verdicts]:
        async with bot("twilio") as one, bot("asterisk") as two, bot("vonage") as three, bot("genesys") as four:
            sites = {"twilio": one, "asterisk": two, "vonage": three, "genesys": four}
            return await asyncio.gather(*(judged(Site("", url, TOKEN), name) for name, url in sites.items()))

    found = [each for verdicts in run_by(Clock(), run()) for each in verdicts.values()]
    assert [(each.gateway, each.case.name, each.why) for each in found if each.status == "fail"] == []
    assert len([each for each in found if each.status == "pass"]) > 140


@pytest.mark.parametrize(
    ("gateway", "fault", "red"),
    [
        ("twilio", "binary", {"sound-form": "31950"}),
        ("twilio", "cleared is played", {"marks-cleared": "hung up after"}),
        ("jambonz", "cleared is played", {"marks-cleared": "hung up after"}),
        ("twilio", "waits for marks", {"marks-lost": "never where the mark of its end is lost"}),
        ("twilio", "crashes", {"cut-json": "1011", "bad-base64": "1011"}),
        ("twilio", "speaks on", {"after-stop": "after the stop nothing should be played"}),
        ("twilio", "open door", {"wrong-token": "the socket was opened", "no-token": "the bot speaks"}),
        ("asterisk", "odd frames", {"sound-form": "no whole frames", "plain-call": "no whole frames"}),
        ("asterisk", "no subprotocol", {"subprotocol": "media was offered, and none came back"}),
        ("asterisk", "compresses", {"no-extensions": "permessage-deflate"}),
        ("asterisk", "slow", {"upgrade-time": "the upgrade was answered after"}),
        ("asterisk", "ignores xoff", {"xoff": "after MEDIA_XOFF nothing more should come"}),
        ("vonage", "odd frames", {"sound-form": "unexpected frame size"}),
        ("vonage", "runs ahead", {"sound-pace": "the gateway holds 61.44 s"}),
        ("genesys", "never opens", {"genesys-opened": "'opened' was expected", "genesys-pong": "'opened'"}),
    ],
)
def test_a_fault_turns_its_cases_red(
    gateway: str, fault: str, red: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.conformance.playback.NEXT_MS", 4_000)
    found = at(gateway, fault, *red)
    assert {name: each.status for name, each in found.items()} == dict.fromkeys(red, "fail")
    for name, why in red.items():
        assert why in found[name].why


def test_a_fault_leaves_other_cases_green() -> None:
    found = at("twilio", "cleared is played", "plain-call", "sound-form", "marks-lost", "cut-json", "barge-in")
    assert {each.status for each in found.values()} == {"pass"}


def test_streamdouble_and_the_kit_say_the_same_of_a_binary_message() -> None:
    """Another maker's Twilio reports the same bot for the same fault, and not without it."""

    async def both(fault: str) -> tuple[bool, str]:
        async with bot("twilio", fault) as url:
            patience_s = 3 if fault else 60  # nothing that comes from the faulty one is sound
            audio = {"wait_for": {"event": "audio", "timeout": patience_s}}
            steps = parse({"name": "a call", "steps": [audio, {"wait": 0.5}]})
            config = SessionConfig(
                custom_parameters={}, quiet_period_s=0.2, max_drain_s=2, response_timeout_s=patience_s
            )
            report = await asyncio.to_thread(run_scenario_sync, f"{url}?token={TOKEN}", steps, config=config)
            kit = await judged(Site("", url, TOKEN), "twilio", "sound-form")
            return bool(report.violations), kit["sound-form"].status

    assert run_by(Clock(), both("binary")) == (True, "fail")
    assert run_by(Clock(), both("")) == (False, "pass")


# --- what is no WebSocket of a gateway -------------------------------------------------------------------------------


async def unpaced(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(19)
    writer.write(frame(SOUND, bytes(320)) * 150)
    await reader.read(-1)


async def five_hundred(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("gateway", "answer", "site", "red"),
    [
        ("audiosocket", unpaced, lambda place: Site("", "", "", audiosocket=place), {"frame-pace": "faster than it can be played"}),
        ("smartivr", five_hundred, lambda place: Site(f"ws://{place}", token="x"), {
            "turn-call": "HTTP 500", "turn-broken": "HTTP 500", "turn-wrong-token": "it was with 500",
        }),
    ],
)  # fmt: skip
def test_faults_of_others(gateway: str, answer: Answering, site: Callable[[str], Site], red: dict[str, str]) -> None:
    async def run() -> Verdicts:
        async with by_tcp(answer) as place:
            return await judged(site(place), gateway, *red)

    found = run_by(Clock(), run())
    assert {name: each.status for name, each in found.items()} == dict.fromkeys(red, "fail")
    for name, why in red.items():
        assert why in found[name].why


def test_a_vosk_that_answers_twice() -> None:
    async def chatty(socket: ServerConnection) -> None:
        async for message in socket:
            if isinstance(message, bytes):
                await socket.send('{"partial": ""}')
                await socket.send('{"partial": ""}')

    async def run() -> Verdicts:
        async with serve(chatty, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            return await judged(Site(f"ws://127.0.0.1:{port}"), "vosk", "vosk-one-to-one", "vosk-session")

    found = run_by(Clock(), run())
    assert "there came one more" in found["vosk-one-to-one"].why
    assert "after eof a result was expected" in found["vosk-session"].why
