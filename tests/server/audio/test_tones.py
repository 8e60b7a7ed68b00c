"""Tones out of a synthesiser, over good lines and bad ones; and all that is no tone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from server.audio.tones import Tones
from server.speech.recordings import load
from tests.server.audio.signals import (
    SIGNALS,
    Damage,
    Wave,
    damage,
    keys,
    melody,
    over_the_line,
    rest,
    rhythm,
    sine,
)
from tests.server.speech.scenes import pink

SPOKEN = sorted((Path(__file__).parents[2] / "audio").glob("*/*.wav"))
SEEDS = range(25)


def told(pcm: bytes, frames: int = 1) -> list[str]:
    """What the detector says of this sound, given so many frames at a time."""
    tones, size = Tones(), 320 * frames
    return [kind for at in range(0, len(pcm), size) for kind in tones.hear(pcm[at : at + size])]


def spoken(path: Path) -> Wave:
    return np.frombuffer(load(path), "<i2") / 32768


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("seed", SEEDS)
def test_each_tone_is_told_once_whatever_the_line_does_to_it(name: str, seed: int) -> None:
    make, most_clipped_ms = SIGNALS[name]
    random = np.random.default_rng([seed, *name.encode()])
    line = damage(random, most_clipped_ms)
    assert told(over_the_line(make(random), line)) == [name.split(maxsplit=1)[0]], line


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.stem)
def test_speech_is_no_tone(path: Path) -> None:
    for seed in range(2):
        line = damage(np.random.default_rng([seed, len(path.name)]))
        assert told(over_the_line(spoken(path), line)) == [], line


@pytest.mark.parametrize("seed", range(20))
def test_music_is_no_tone(seed: int) -> None:
    line = damage(np.random.default_rng([seed, 1]))
    assert told(over_the_line(melody(15, seed), line)) == [], line


@pytest.mark.parametrize("seed", range(30))
def test_keys_are_no_tones(seed: int) -> None:
    random = np.random.default_rng([seed, 2])
    digits = "".join(random.choice(list("0123456789*#ABCD"), 8))
    pressed = keys(digits, random.uniform(50, 600), random.uniform(50, 400), random.uniform(-8, 8))
    line = damage(random)
    assert told(over_the_line(pressed, line)) == [], line


@pytest.mark.parametrize("level_db", [-50, -30, -10])
@pytest.mark.parametrize("colour", ["white", "pink"])
def test_noise_is_no_tone(level_db: int, colour: str) -> None:
    noise = np.random.default_rng(3).standard_normal(160_000) if colour == "white" else pink(160_000, 3)
    assert told(over_the_line(noise, Damage(level_db=level_db))) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_mailbox_speaks_and_then_beeps(seed: int) -> None:
    random = np.random.default_rng([seed, 4])
    greeting = spoken(SPOKEN[seed % len(SPOKEN)])
    beep = sine(random.uniform(800, 1040), random.uniform(200, 600)) * 0.3
    line = replace(damage(random), level_db=random.uniform(-25, -5))
    assert told(over_the_line(np.concatenate([greeting, rest(1100), beep, rest(1000)]), line)) == ["beep"], line


def test_signals_that_follow_each_other_are_told_in_their_order() -> None:
    call = np.concatenate([rhythm(450, 1000, 4000, 10_000), rhythm(450, 350, 350, 4000)])
    assert told(over_the_line(call, Damage())) == ["ringback", "busy"]


def test_a_tone_that_goes_on_is_told_once_and_again_after_a_reset() -> None:
    busy = over_the_line(rhythm(450, 350, 350, 5000), Damage())
    tones = Tones()
    assert tones.hear(busy) == ("busy",)
    assert tones.hear(busy) == ()
    tones.reset()
    assert tones.hear(busy) == ("busy",)


def test_it_does_not_matter_how_many_frames_come_at_once() -> None:
    busy = over_the_line(rhythm(450, 350, 350, 4000), damage(np.random.default_rng(5)))
    assert told(busy, 1) == told(busy, 3) == told(busy, 100) == ["busy"]


@pytest.mark.parametrize(
    "wave",
    [sine(450, 1500), sine(2100, 700), rhythm(450, 100, 100, 3000), sine(1000, 3000), rhythm(620, 500, 500, 5000)],
    ids=["too short to dial by", "too short for a fax", "too quick for busy", "too long for a beep", "another country"],
)
def test_what_resembles_a_tone_is_not_taken_for_it(wave: Wave) -> None:
    assert told(over_the_line(np.concatenate([wave, rest(200)]), Damage())) == []
