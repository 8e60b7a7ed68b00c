from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.speech.endpointing import Began, Endpointer, Policy, Preroll, Stopped

VOICE, FAINT, SILENCE = 0.9, 0.4, 0.05
Fact = Began | Stopped
Told = list[tuple[int, Fact]]


def run(endpointer: Endpointer, *stretches: tuple[float, int], since_ms: int = 0) -> Told:
    """Feed stretches of (probability, ms); what was told, and at the end of which frame."""
    told: Told = []
    at_ms = since_ms
    for probability, length_ms in stretches:
        for _ in range(length_ms // 20):
            if fact := endpointer.feed(probability, at_ms):
                told.append((at_ms + 20, fact))
            at_ms += 20
    return told


def test_an_utterance() -> None:
    assert run(Endpointer(), (SILENCE, 400), (VOICE, 600), (SILENCE, 1000)) == [
        (500, Began(400)),
        (1500, Stopped(600)),
    ]


def test_a_pause_shorter_than_the_hang_over_is_part_of_it() -> None:
    assert run(Endpointer(), (VOICE, 600), (SILENCE, 480), (VOICE, 300), (SILENCE, 500)) == [
        (100, Began(0)),
        (1880, Stopped(1380)),
    ]


def test_a_voice_that_grows_faint_goes_on_but_does_not_begin_so() -> None:
    assert run(Endpointer(), (FAINT, 1000)) == []
    assert run(Endpointer(), (VOICE, 200), (FAINT, 800), (SILENCE, 500))[-1] == (1500, Stopped(1000))


def test_a_click_is_nothing() -> None:
    assert run(Endpointer(), (VOICE, 80), (SILENCE, 2000)) == []


def test_a_click_does_not_date_the_utterance_after_it_back() -> None:
    told = run(Endpointer(), (VOICE, 80), (SILENCE, 200), (VOICE, 400), (SILENCE, 600))
    assert [fact for _, fact in told] == [Began(280), Stopped(400)]


@pytest.mark.parametrize(("patience", "waited_ms"), [("short", 200), ("brief", 300), ("normal", 500), ("long", 1200)])
def test_the_silence_that_ends_it_depends_on_what_is_told(patience: str, waited_ms: int) -> None:
    endpointer = Endpointer()
    endpointer.patience = patience
    assert run(endpointer, (VOICE, 400), (SILENCE, 2000))[-1] == (400 + waited_ms, Stopped(400))


def test_patience_may_end_in_the_middle() -> None:
    endpointer = Endpointer()
    run(endpointer, (VOICE, 400), (SILENCE, 300))
    endpointer.patience = "short"
    assert run(endpointer, (SILENCE, 20), since_ms=700) == [(720, Stopped(400))]


def test_an_endless_voice_is_cut_and_begins_anew() -> None:
    told = run(Endpointer(Policy(max_utterance_ms=2000)), (VOICE, 4500))
    assert [fact for _, fact in told] == [
        Began(0),
        Stopped(2000, too_long=True),
        Began(2000),
        Stopped(2000, too_long=True),
        Began(4000),
    ]


def test_time_without_sound_is_silence() -> None:
    endpointer = Endpointer()
    run(endpointer, (VOICE, 400))
    assert endpointer.feed(VOICE, 5000) == Stopped(400)
    assert run(endpointer, (VOICE, 100), since_ms=5020) == [(5100, Began(5000))]


def test_a_lost_frame_ends_nothing() -> None:
    endpointer = Endpointer()
    run(endpointer, (VOICE, 400))
    assert endpointer.feed(VOICE, 480) is None
    assert endpointer.speaking


@pytest.mark.parametrize(
    "wrong",
    [{"off": 0.9}, {"on": 1.5}, {"off": 0.0}, {"hangover_ms": 100}, {"long_hangover_ms": 400}, {"min_speech_ms": 0}],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"policy|utterance"):
        Policy(**wrong)


PROBABILITIES = st.lists(
    st.tuples(st.sampled_from([SILENCE, FAINT, 0.5, VOICE]), st.integers(1, 60).map(lambda n: n * 20)), max_size=25
)


@given(PROBABILITIES)
def test_facts_alternate_and_agree_with_each_other(stretches: list[tuple[float, int]]) -> None:
    policy = Policy(max_utterance_ms=3000)
    told = run(Endpointer(policy), *stretches)
    assert all(isinstance(fact, Began) == (number % 2 == 0) for number, (_, fact) in enumerate(told))
    for (began_at_ms, began), (stopped_at_ms, stopped) in pairwise(told):
        if isinstance(began, Began) and isinstance(stopped, Stopped):
            assert began.at_media_ms + policy.min_speech_ms <= began_at_ms
            assert policy.min_speech_ms <= stopped.speech_ms <= policy.max_utterance_ms
            assert began.at_media_ms + stopped.speech_ms <= stopped_at_ms
        elif isinstance(stopped, Began):
            assert stopped.at_media_ms >= began_at_ms - policy.hangover_ms


@given(PROBABILITIES)
def test_after_enough_silence_nobody_speaks(stretches: list[tuple[float, int]]) -> None:
    endpointer = Endpointer()
    run(endpointer, *stretches, (SILENCE, 520))
    assert not endpointer.speaking


@given(PROBABILITIES)
def test_more_patience_never_makes_more_utterances(stretches: list[tuple[float, int]]) -> None:
    counts = []
    for patience in ("short", "brief", "normal", "long"):
        endpointer = Endpointer(Policy(max_utterance_ms=10**9))
        endpointer.patience = patience
        counts.append(sum(isinstance(fact, Began) for _, fact in run(endpointer, *stretches)))
    assert counts == sorted(counts, reverse=True)


def test_the_preroll_keeps_the_last_frames() -> None:
    preroll = Preroll(60)
    for number, name in enumerate((b"a", b"b", b"c", b"d")):
        preroll.push(name, number * 20)
    assert preroll.take(40) == b"cd"
    assert preroll.take(0) == b""
    for number, name in enumerate((b"a", b"b", b"c", b"d")):
        preroll.push(name, number * 20)
    assert preroll.take(0) == b"bcd"
