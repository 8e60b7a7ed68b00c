from __future__ import annotations

from typing import get_args

import pytest

from engine.grading.outcome import of_word
from engine.grading.words import WORDS, Disposition


def test_a_word_means_a_disposition_that_a_call_can_come_to_without_an_answer() -> None:
    assert set(WORDS.values()) <= set(get_args(Disposition)) - {"completed", "silent", "unknown"}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_written_as_it_is_looked_up(word: str) -> None:
    assert of_word(word) == WORDS[word]
    assert of_word(f" {word.replace('_', ' ').upper()} ") == WORDS[word]


@pytest.mark.parametrize(
    ("word", "disposition"),
    [
        ("Busy Line", "busy"),
        ("NO_ANSWER", "no_answer"),
        ("no-answer", "no_answer"),
        ("Ring Timeout Reached", "no_answer"),
        ("Canceled (Out Of Credits)", "caller_fault"),
        ("machine", "voicemail"),
        ("failed", None),
        ("NORMAL_CLEARING", None),
        ("", None),
    ],
)
def test_vendors_write_as_they_like(word: str, disposition: str | None) -> None:
    assert of_word(word) == disposition


def test_our_own_account_is_no_fault_of_the_number() -> None:
    ours = [word for word, state in WORDS.items() if state == "caller_fault"]
    assert "destination_country_barred" in ours
    assert not [word for word in ours if "unallocated" in word]
