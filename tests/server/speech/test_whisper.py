"""The real model on spoken phrases."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from server.speech.ports import Reading
from server.speech.sound import as_pcm, silence
from server.speech.whisper import MAX_BYTES, Heard, Whisper
from tests.server.speech.hearing import Listener, heard, phrase

ROOT = Path(__file__).parents[3]
EXPECTED = ("好的", "可以", "不需要", "我在忙", "多少钱")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("k_xiaoxiao_07", "别再打了"),
        ("k_xiaoxiao_03", "我在开会"),
        ("k_xiaoxiao_16", "太贵了"),
        ("k_yunyang_08", "好的可以"),
        ("noise_xiaoxiao_15", "我考虑一下"),
    ],
)
def test_a_phrase(whisper: Whisper, name: str, text: str) -> None:
    reading = heard(whisper, phrase(name), EXPECTED)
    assert reading.text == text
    assert reading.final
    assert reading.confidence is not None
    assert 0.4 < reading.confidence <= 1
    assert text not in dict(reading.alternatives)


def test_a_known_phrase_is_heard_at_the_second_look(whisper: Whisper) -> None:
    sound = phrase("k_yunyang_26")
    assert whisper._model.read(sound).text != "转人工"
    assert heard(whisper, sound).text == "转人工"


def test_scripts_may_tell_their_own_phrases(whisper: Whisper) -> None:
    whisper.know(["智能拓客"])
    assert whisper._known.has("智能拓客")
    assert whisper._known.has("转人工")
    whisper.know([])
    assert not whisper._known.has("智能拓客")


ENDS = """
import asyncio, threading
from server.speech.whisper import Whisper
from tests.server.speech.hearing import phrase

async def caller_who_hangs_up() -> None:
    whisper = Whisper()
    reads, hear = threading.Event(), whisper._model._hear
    whisper._model._hear = lambda *sound: reads.set() or hear(*sound)
    ear = whisper.open(print)
    ear.begin()
    ear.push(phrase("k_xiaoxiao_07") * 3)
    ear.end()
    await asyncio.to_thread(reads.wait)
    whisper.close()

asyncio.run(caller_who_hangs_up())
"""


def test_a_program_may_end_while_somebody_speaks() -> None:
    ended = subprocess.run([sys.executable, "-c", ENDS], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_nothing_is_heard_in_silence_and_noise(whisper: Whisper) -> None:
    noise = as_pcm(np.random.default_rng(1).normal(0, 0.03, 12000).astype(np.float32))
    assert heard(whisper, silence(1500)).text == ""
    assert heard(whisper, noise).text == ""


def test_no_sound_at_all_is_a_reading_too(whisper: Whisper) -> None:
    assert heard(whisper, b"").text == ""


def test_calls_at_once_hear_each_their_own(whisper: Whisper) -> None:
    names = {
        "k_xiaoxiao_00": "你们是干嘛的",
        "k_xiaoxiao_03": "我在开会",
        "k_yunyang_08": "好的可以",
        "k_xiaoxiao_16": "太贵了",
    }

    async def calls() -> list[str]:
        listeners = [Listener(whisper) for _ in names]
        for listener in listeners:
            listener.ear.begin()
        sounds = [phrase(name) for name in names]
        for at in range(0, max(map(len, sounds)), 320):  # frame by frame, all calls side by side
            for listener, sound in zip(listeners, sounds, strict=True):
                listener.ear.push(sound[at : at + 320])
        for listener in listeners:
            listener.ear.end()
        return [(await listener.final()).text for listener in listeners]

    assert asyncio.run(calls()) == list(names.values())


def test_a_glance_is_final_when_only_silence_follows(whisper: Whisper, monkeypatch: pytest.MonkeyPatch) -> None:
    read, looks = whisper.read, list[bytes]()

    def noted(pcm: bytes, expected: Sequence[str]) -> Reading:
        looks.append(pcm)
        return read(pcm, expected)

    monkeypatch.setattr(whisper, "read", noted)

    async def call() -> tuple[Reading, Reading]:
        listener = Listener(whisper)
        listener.ear.begin()
        listener.push(phrase("k_xiaoxiao_16") + silence(200))
        partial = await listener.hear()
        listener.push(silence(400))
        listener.ear.end()
        return partial, await listener.hear()

    partial, final = asyncio.run(call())
    assert (partial.text, partial.final) == ("太贵了", False)
    assert final == replace(partial, final=True)
    assert len(looks) == 1, "it is not read again"


def test_a_glance_that_came_too_early_is_forgotten(whisper: Whisper) -> None:
    async def call() -> Reading:
        listener = Listener(whisper)
        listener.ear.begin()
        listener.push(phrase("k_xiaoxiao_16") + silence(200))
        listener.push(phrase("k_xiaoxiao_03"))
        listener.ear.end()
        return await listener.final()

    text = asyncio.run(call()).text
    assert "太贵了" in text
    assert "开会" in text


def test_what_was_dropped_is_never_read(whisper: Whisper) -> None:
    async def call() -> Reading:
        listener = Listener(whisper)
        listener.ear.begin()
        listener.push(phrase("k_xiaoxiao_00"))
        listener.ear.drop()
        listener.say(phrase("k_xiaoxiao_16"))
        return await listener.final()

    reading = asyncio.run(call())
    assert (reading.text, reading.utterance) == ("太贵了", 2)


def test_after_the_call_nothing_comes_back(whisper: Whisper) -> None:
    async def call() -> bool:
        listener, other = Listener(whisper), Listener(whisper)
        listener.say(phrase("k_xiaoxiao_00"))
        listener.ear.close()
        other.say(phrase("k_xiaoxiao_16"))
        await other.final()
        return listener.readings.empty()

    assert asyncio.run(call())


def test_an_endless_utterance_is_cut() -> None:
    sound = Heard(1, ())
    for _ in range(40):
        sound.add(silence(1000))
    assert len(sound.pcm) == MAX_BYTES
