from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.calls.events import Alternative
from engine.recorded.utterance import Utterance
from server.transcribing.hearing import Ears, hear
from server.transcribing.sound import look_through, seconds_of
from tests.server.transcribing.tones import Line, Loud, Tuned, ears, side, write

WORDS = ["您好", "好的", "再见"]


def heard(path: Path, by: Ears, steps: list[int] | None = None) -> list[list[Utterance]]:
    look = look_through(path, 8000)
    told = [] if steps is None else steps
    return asyncio.run(hear(seconds_of(path, look, 8000), look.channels, by, told.append))


def test_each_channel_has_its_own_utterances(tmp_path: Path) -> None:
    caller: list[Line] = [(1.5, 2.5, "好的")]
    bot: list[Line] = [(0.2, 1.2, "您好"), (3.0, 4.0, "再见")]
    path = write(tmp_path / "a.wav", side(caller, WORDS, 5), side(bot, WORDS, 5))
    left, right = heard(path, ears(WORDS))
    assert [each.text for each in left] == ["好的"]
    assert [(each.text, each.start_ms, each.end_ms) for each in right] == [("您好", 200, 1200), ("再见", 3000, 4000)]
    assert left[0].alternatives == (Alternative("好的吧", 0.1),)
    assert left[0].confidence == 0.9


def test_an_utterance_that_the_end_cuts_off_is_heard(tmp_path: Path) -> None:
    ((one,),) = heard(write(tmp_path / "a.wav", side([(1.0, 2.0, "好的")], WORDS, 2)), ears(WORDS))
    assert (one.text, one.end_ms) == ("好的", 2000)


def test_sound_without_words_is_an_utterance_without_words(tmp_path: Path) -> None:
    ((one,),) = heard(write(tmp_path / "a.wav", side([(1.0, 2.0, "好的")], WORDS, 3)), ears(WORDS[:1]))
    assert one.text == ""


def test_silence_says_nothing(tmp_path: Path) -> None:
    assert heard(write(tmp_path / "a.wav", side([], WORDS, 3)), ears(WORDS)) == [[]]


def test_how_far_it_has_come_is_told(tmp_path: Path) -> None:
    steps: list[int] = []
    heard(write(tmp_path / "a.wav", side([], WORDS, 3)), ears(WORDS), steps)
    assert steps == [1000, 2000, 3000, 3000]


def test_a_long_recording_is_heard_a_piece_at_a_time(tmp_path: Path) -> None:
    """A tone of a minute: no piece is longer than an utterance may be."""
    tuned = Tuned(WORDS)
    path = write(tmp_path / "a.wav", side([(0.5, 60.5, "好的")], WORDS, 61))
    (said,) = heard(path, Ears(tuned, Loud))
    assert tuned.most_bytes <= 17 * 16_000
    assert sum(each.lasted_ms for each in said) == pytest.approx(60_000, abs=1500)
