"""A live call on a virtual clock is recorded; what is made of its recording has the grade of its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.calls.actions import Part
from engine.calls.log import Entry, Log, read
from engine.grading.facts import Facts
from engine.grading.grade import grade
from engine.trial.compare import facts_of
from server.audio.g711 import from_pcm
from server.audio.recording import Recording
from server.gateways import wire
from server.speech.listening import Listening
from server.speech.ports import FRAME_BYTES, Reading
from server.transcribing.hearing import Ears
from server.transcribing.job import Job
from server.transcribing.one import How
from server.transcribing.places import find
from tests.server.live.phone import NOW, VARS, Phone, script
from tests.server.transcribing.tones import Loud, Tuned, tone

SILENCE = bytes(FRAME_BYTES)
SCRIPT = script().script

CALLS: dict[str, tuple[str, ...]] = {
    "accepts": (
        "喂你好",
        "嗯你说",
        "这个怎么收费",
        "是的",
        "有十几个人",
        "没用过",
        "效果怎么样",
        "行，那明天下午三点吧",
    ),
    "refuses twice": ("喂", "不需要", "真的不需要"),
    "asks and leaves": ("喂你好", "多少钱", "(leaves)"),
    "is busy": ("我在开会", "(leaves)"),
    "wants no more calls": ("别再打了",),
    "says nothing": (),
}


class Voice:
    """Each text of a prompt is a tone of its own; a caller's words are others."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    def sound(self, text: str, seconds: float) -> bytes:
        if text not in self.words:
            self.words.append(text)
        return (tone(self.words.index(text), seconds) * 32767).astype("<i2").tobytes()

    def ready(self, part: Part) -> bytes | None:
        return self.sound(part.text, 1.0)

    async def fetch(self, part: Part) -> AsyncIterator[bytes]:
        yield self.sound(part.text, 1.0)


class Taped:
    """A call that is recorded while the caller speaks in tones."""

    def __init__(self, folder: Path) -> None:
        self.words: list[str] = []
        self._voice = Voice(self.words)
        self._read: list[Reading] = []
        self._listening = Listening(Tuned(self.words).open(self._read.append), Loud())
        self.tape = folder / "call.wav"
        self.phone = Phone(folder, listening=self._listening, prompts=self._voice, recording=Recording(self.tape))
        self.phone.answer()

    def hear(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), FRAME_BYTES):
            if self.phone.call.over:
                return
            self.phone.take(wire.Audio(from_pcm(pcm[at : at + FRAME_BYTES], "ulaw")))
            self.phone.wait(20)
            while self._read:
                self.phone.call.reading(self._read.pop(0), self.phone.now_ms)

    def say(self, text: str) -> None:
        while self.phone.call.state.playing and not self.phone.call.over:
            self.hear(SILENCE)
        self.hear(SILENCE * 30)
        self.hear(self._voice.sound(text, 0.6))
        self.hear(SILENCE * 40)

    def end(self, *, leaves: bool) -> Log:
        while not self.phone.call.over and not leaves:
            self.hear(SILENCE * 5)
        if leaves:
            self.phone.take(wire.Ended("", "caller"))
        self.phone.close()
        return Log(self.phone.call.record.header, tuple(self.phone.call.record.entries))


def taped(folder: Path, said: tuple[str, ...]) -> tuple[Taped, Log]:
    call = Taped(folder)
    for text in said:
        if text != "(leaves)":
            call.say(text)
    return call, call.end(leaves="(leaves)" in said)


def graded(entries: tuple[Entry, ...], log: Log) -> tuple[str | None, Facts]:
    facts = facts_of(Log(log.header, entries), SCRIPT.interest)
    return grade(SCRIPT.scheme, facts).letter, facts


@pytest.mark.parametrize("name", CALLS)
def test_the_grade_of_a_recording_is_that_of_the_call(tmp_path: Path, name: str) -> None:
    call, live = taped(tmp_path, CALLS[name])
    how = How(SCRIPT, VARS, began=NOW)
    job = Job(find([str(call.tape)]), how, Ears(Tuned(call.words), Loud), tmp_path / "logs")
    assert job.run() == 0
    again = read((tmp_path / "logs" / "call.jsonl").read_bytes())
    (letter, told), (letter_again, told_again) = graded(live.entries, live), graded(again.entries, live)
    assert letter_again == letter
    assert told_again.stages == told.stages
    assert (told_again.ended_by, told_again.invitation) == (told.ended_by, told.invitation)
    assert told_again.heard == told.heard


def test_the_voices_are_told_apart(tmp_path: Path) -> None:
    """What the test rests on: the recogniser knows the tones through the line and in the recording."""
    call, live = taped(tmp_path, CALLS["accepts"])
    heard = [entry.event.text for entry in live.entries if hasattr(entry.event, "text")]
    assert heard == list(CALLS["accepts"])
    assert call.tape.stat().st_size > 100_000
