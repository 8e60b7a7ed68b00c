from __future__ import annotations

from engine.calls.actions import Entered, Invitation, Matched, Play, Took
from engine.calls.events import Answered, Heard, PlaybackFinished
from engine.recorded.course import Course
from engine.recorded.utterance import Utterance
from tests.engine.recorded.calls import ASK, BYE, DAY, course


def bot(start_ms: int, text: str) -> Utterance:
    return Utterance(start_ms, start_ms + 2000, text, "bot")


def begun(at: Course, said: Utterance) -> int:
    """The bot says something; returns the ref of the prompt."""
    play = at.begins(said).actions[-1]
    assert isinstance(play, Play)
    return play.ref


def test_a_stage_is_entered_when_its_prompt_is_said() -> None:
    at = course()
    said = at.answered(Answered(0), bot(300, ASK))
    assert [type(each) for each in said] == [Entered]
    assert at.is_known


def test_another_greeting_leaves_the_course_unknown() -> None:
    at = course()
    assert at.answered(Answered(0), bot(300, "您好我们是另外一家公司的人")) == ()
    assert not at.is_known
    at.begins(bot(3000, DAY))
    assert at.is_known
    assert at.state.stage == "day"


def test_words_lead_where_the_bot_goes_next() -> None:
    at = course()
    at.answered(Answered(0), bot(300, ASK))
    ref = begun(at, bot(300, ASK))
    at.ends(PlaybackFinished(2300, ref, 2000), bot(4000, DAY))
    found = at.heard(Heard(3500, "好的"), bot(4000, DAY))
    assert [type(each) for each in found] == [Matched, Took, Entered, Invitation]


def test_words_lead_nowhere_when_the_bot_goes_elsewhere() -> None:
    at = course()
    at.answered(Answered(0), bot(300, ASK))
    ref = begun(at, bot(300, ASK))
    at.ends(PlaybackFinished(2300, ref, 2000), bot(4000, BYE))
    found = at.heard(Heard(3500, "好的"), bot(4000, BYE))
    assert [type(each) for each in found] == [Matched]
    assert at.state.stage == "ask"


def test_the_goodbye_is_the_end() -> None:
    at = course()
    at.answered(Answered(0), bot(300, ASK))
    ref = begun(at, bot(300, ASK))
    at.ends(PlaybackFinished(2300, ref, 2000), bot(3000, BYE))
    ref = begun(at, bot(3000, BYE))
    assert at.is_closing
    assert not at.says_goodbye
    at.ends(PlaybackFinished(5000, ref, 2000), None)
    assert at.says_goodbye


def test_every_prompt_has_a_number_of_its_own() -> None:
    at = course()
    at.answered(Answered(0), bot(300, ASK))
    refs = [begun(at, bot(at_ms, text)) for at_ms, text in ((300, ASK), (3000, "嗯"), (6000, DAY), (9000, BYE))]
    assert refs == sorted(set(refs))
