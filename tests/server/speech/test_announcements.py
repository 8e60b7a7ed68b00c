"""Announcements as they are spoken, in noise: heard by the real recogniser, understood by the shipped grammars.

A few of them; `python -m benchmarks.announcements` takes all thirty on three lines.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.announcements import (
    FOLDER,
    NUMBER_IS_LOST,
    Announcement,
    announcements,
    lexicon,
    over_a_line,
    understood,
)
from engine.understanding.lexicon import Lexicon
from server.speech.whisper import Whisper
from tests.server.audio.signals import Damage, melody, over_the_line
from tests.server.speech.scenes import pink

ALL = {each.path.stem: each for each in announcements()}
HEARD = ("empty", "stopped", "off_call", "off_or_away", "unreachable", "engaged", "mailbox", "congestion")
OURS = [each for each in ALL.values() if each.state == "caller_fault"]


@pytest.fixture(scope="module")
def known() -> Lexicon:
    return lexicon()


def test_every_recording_is_labelled() -> None:
    assert {each.path for each in ALL.values()} == set(FOLDER.glob("*.wav"))
    assert len(ALL) == 30


def test_announcements_in_noise_are_understood(whisper: Whisper, known: Lexicon) -> None:
    told = {name: understood(whisper, known, over_a_line(ALL[name].path, 15, seed)) for seed, name in enumerate(HEARD)}
    wrong = {name: found for name, found in told.items() if found[0] != ALL[name].state}
    assert not wrong


@pytest.mark.parametrize("each", OURS, ids=lambda each: each.path.stem)
def test_a_fault_of_our_own_line_never_costs_a_number(whisper: Whisper, known: Lexicon, each: Announcement) -> None:
    state, text = understood(whisper, known, over_a_line(each.path, 10, seed=7))
    assert state not in NUMBER_IS_LOST, text


@pytest.mark.parametrize(
    "sound",
    [
        over_the_line(melody(5, 2), Damage(snr_db=20)),
        over_the_line(np.concatenate([pink(24_000, 3)]), Damage(level_db=-25)),
    ],
    ids=["music", "noise"],
)
def test_what_says_nothing_announces_nothing(whisper: Whisper, known: Lexicon, sound: bytes) -> None:
    state, text = understood(whisper, known, sound)
    assert state in {"", "unknown"}, text
