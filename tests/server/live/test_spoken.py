"""Spoken calls, heard by the real recogniser through a gateway's wire: to each grade, at the same time, never mixed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.calling.caller import Caller
from server.calling.notes import Note
from server.calling.running import Dial, place
from server.calling.scenario import HangUp, PlayWav, Scenario, Step
from server.calling.sounds import sounds
from server.gateways.far.table import FAR_ENDS
from server.speech.detector import detectors
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from server.speech.whisper import Whisper
from tests.server.live.clocks import Clock, run
from tests.server.live.remains import left_behind
from tests.server.live.serving import TOKEN, Hum, LiveServer, serving

PHRASES = Path(__file__).parents[2] / "audio" / "phrases"
SAID = PHRASES.parent / "calls"
ANNOUNCEMENTS = PHRASES.parent / "announcements"


class Brief(Hum):
    """Half a second for each sentence: nobody hears it, and a call takes no longer than its caller speaks."""

    name = "brief"

    def speak(self, text: str, rate: float = 1.0) -> bytes:
        return super().speak(text, rate)[:8000]


@pytest.fixture(scope="module")
def ears() -> Iterator[Whisper]:
    whisper = Whisper(2)
    yield whisper
    whisper.close()


def is_reading(server: LiveServer) -> bool:
    """Words are being recognised, which takes longer on a machine that is slow."""
    calls = [session.call for session in list(server.desk.sessions.values())]
    return any(call._hearing.reading for call in calls if call)


@contextmanager
def hearing(folder: Path, ears: Whisper, voice: Hum) -> Iterator[LiveServer]:
    prompts, clock = Prompts(voice, folder / "prompts"), Clock()
    with serving(folder, speech=Speech(ears, detectors(), prompts), clock=clock) as running:
        clock.pace = lambda: 0.1 if is_reading(running) else 1.0
        yield running
    prompts.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, ears: Whisper) -> Iterator[LiveServer]:
    with hearing(tmp_path_factory.mktemp("spoken"), ears, Brief()) as running:
        yield running


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory, ears: Whisper) -> Iterator[LiveServer]:
    """Its prompts are as long as their words, so that there is something to cut."""
    with hearing(tmp_path_factory.mktemp("talkative"), ears, Hum()) as running:
        yield running


def say(name: str, barge_in_ms: int | None = None) -> PlayWav:
    return PlayWav(str(PHRASES / f"{name}.wav"), barge_in_ms)


HELLO, GO_ON, HOW_MUCH, SO_IT_IS, TEN_PEOPLE, NEVER_USED, WHAT_EFFECT, TOMORROW_AT_THREE, UH_HUH, THIS_NUMBER = (
    PlayWav(str(SAID / f"yunyang_{number:02}.wav")) for number in range(10)
)
IN_A_MEETING, ADD_ME, STOP_CALLING = say("k_xiaoxiao_03"), say("k_xiaoxiao_04"), say("k_xiaoxiao_07")

CALLS: dict[str, tuple[str, tuple[Step, ...]]] = {
    "A": (
        "twilio",
        (HELLO, GO_ON, HOW_MUCH, SO_IT_IS, TEN_PEOPLE, NEVER_USED, WHAT_EFFECT, TOMORROW_AT_THREE),
    ),
    "B": ("asterisk", (HELLO, ADD_ME, HangUp(300))),
    "C": ("fork", (IN_A_MEETING, HangUp(300))),
    "D": ("huashu", (HELLO, STOP_CALLING)),
}


async def talk(server: LiveServer, gateway: str, steps: tuple[Step, ...]) -> list[Note]:
    notes: list[Note] = []
    spoken = sounds(steps, Hum)
    caller = Caller(FAR_ENDS[gateway](), Scenario(steps=steps), spoken, notes.append)
    dial = Dial(server.url(f"/{gateway}"), gateway, {"token": TOKEN}, most_ms=90_000)
    await place(dial, caller)
    return notes


def test_a_spoken_call_to_each_grade(server: LiveServer) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(talk(server, gateway, steps) for gateway, steps in CALLS.values()))

    run(server.clock, all_at_once())
    summaries = {each["gateway"]: each for each in left_behind(server)}
    grades = {letter: summaries[gateway]["grade"] for letter, (gateway, _) in CALLS.items()}
    assert grades == {letter: letter for letter in CALLS}, {
        letter: [turn["caller"] for turn in summaries[gateway]["turns"]] for letter, (gateway, _) in CALLS.items()
    }


@pytest.mark.parametrize(("gateway", "name", "grade"), [("fork", "off", "F"), ("huashu", "engaged", "E")])
def test_an_announcement_before_the_answer_is_the_end_of_it(
    server: LiveServer, gateway: str, name: str, grade: str
) -> None:
    async def ring() -> None:
        steps: tuple[Step, ...] = (PlayWav(str(ANNOUNCEMENTS / f"{name}.wav")),)
        scenario = Scenario(steps=steps, patience_ms=500)
        caller = Caller(FAR_ENDS[gateway](), scenario, sounds(steps, Hum), lambda _: None)
        dial = Dial(server.url(f"/{gateway}"), gateway, {"token": TOKEN, "early": "true"}, most_ms=60_000)
        await place(dial, caller)

    run(server.clock, ring())
    (told,) = [
        each for each in left_behind(server) if each["gateway"] == gateway and each["facts"]["answered_by"] == "none"
    ]
    assert (told["grade"], told["ended_by"], told["facts"]["known_by"]) == (grade, "bot", "phrase")


def test_a_sign_of_listening_does_not_cut_and_a_wish_to_be_left_alone_does(talkative: LiveServer) -> None:
    async def over_the_prompt(word: PlayWav) -> list[Note]:
        return await talk(talkative, "twilio", (PlayWav(word.path, barge_in_ms=500), HangUp(4000)))

    async def both() -> tuple[list[Note], list[Note]]:
        return await asyncio.gather(over_the_prompt(UH_HUH), over_the_prompt(STOP_CALLING))

    listening, leaving = run(talkative.clock, both())
    assert "cleared" not in [note.kind for note in listening]
    assert "cleared" in [note.kind for note in leaving]
    (told,) = [each for each in left_behind(talkative) if each["rule"] == "D7"]
    assert told["barge_ins"] == {"true": 1, "false": 0}
