"""Music is told from speech, tones, keys and noise. The music is made here: of recorded music it says nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from server.audio.music import Music
from server.speech.recordings import load
from tests.server.audio.signals import Damage, Wave, damage, keys, melody, over_the_line, rest, rhythm, sine
from tests.server.speech.scenes import pink

SPOKEN = sorted((Path(__file__).parents[2] / "audio").glob("*/*.wav"))


def told(pcm: bytes) -> int:
    """How often music began."""
    music = Music()
    return sum(music.hear(pcm[at : at + 320]) for at in range(0, len(pcm), 320))


def talk(seed: int) -> Wave:
    """Twelve seconds and more of somebody who hardly pauses."""
    random = np.random.default_rng(seed)
    pieces = [np.frombuffer(load(SPOKEN[place]), "<i2") / 32768 for place in random.integers(0, len(SPOKEN), 6)]
    return np.concatenate([part for piece in pieces for part in (piece, rest(random.uniform(0, 400)))])


@pytest.mark.parametrize("seed", range(30))
def test_music_is_told(seed: int) -> None:
    line = damage(np.random.default_rng([seed, 8]))
    assert told(over_the_line(melody(15, seed), line)) >= 1, line


@pytest.mark.parametrize("seed", range(30))
def test_speech_is_no_music(seed: int) -> None:
    line = damage(np.random.default_rng([seed, 9]))
    assert told(over_the_line(talk(seed), line)) == 0, line


@pytest.mark.parametrize(
    "wave",
    [
        sine(450, 9000),
        rhythm(450, 350, 350, 9000),
        rhythm(450, 1000, 4000, 14_000),
        sine(2100, 6000),
        keys("13800001234567890"),
        np.random.default_rng(1).standard_normal(80_000),
        pink(80_000, 1),
        rest(9000) + 1e-6,
    ],
    ids=["dial tone", "busy", "ring-back", "fax", "keys", "white noise", "pink noise", "silence"],
)
def test_nor_are_tones_and_noise(wave: Wave) -> None:
    assert told(over_the_line(wave, Damage())) == 0


def test_music_that_goes_on_is_told_once_and_again_after_a_reset() -> None:
    pcm = over_the_line(melody(10, 3), Damage())
    music = Music()
    assert music.hear(pcm)
    music.reset()
    assert music.hear(pcm)
