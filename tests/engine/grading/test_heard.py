"""What is heard on the line, handler by handler; whole calls are in test_fold.py."""

from __future__ import annotations

from engine.calls.actions import Matched
from engine.calls.events import Answered, Event, Heard, NotHeard, SpeechStarted, SpeechStopped, Tone
from engine.grading.facts import Facts
from engine.grading.heard import answered, matched, no_words, tone, voice, voice_began
from engine.grading.said import INTEREST
from engine.grading.step import Step
from engine.understanding.grammar import Hit

ANSWERED = Facts(answered_by="human", answered_ms=1_000, disposition="silent", known_by="answer")


def at(facts: Facts, event: Event) -> Step:
    return Step(facts, 3, event, INTEREST, event.text if isinstance(event, Heard) else "")


def heard(facts: Facts, text: str, *hits: Hit, disposition: str = "") -> Facts:
    step = at(facts, Heard(2_000, text))
    matched(step, Matched(text, hits, disposition))
    return step.result()


def test_an_answer_counts_once() -> None:
    event = Answered(4_000)
    step = at(ANSWERED, event)
    answered(step, event)
    assert step.result() is ANSWERED


def test_words_of_a_machine_count_for_nothing_but_the_disposition() -> None:
    facts = heard(ANSWERED, "请在提示音后留言", Hit("refuse", "留言", (6, 8)), disposition="voicemail")
    assert (facts.answered_by, facts.disposition, facts.turns, facts.refusals) == ("machine", "voicemail", 0, 0)


def test_a_human_who_takes_over_starts_from_nothing() -> None:
    machine = heard(ANSWERED, "请说出您的姓名", disposition="assistant")
    facts = heard(machine, "多少钱", Hit("ask_price", "多少钱", (0, 3)))
    assert (facts.answered_by, facts.announcement, facts.turns, facts.interest) == ("human", "", 1, ("ask_price",))


def test_loud_voice_without_words_is_speech() -> None:
    step = at(ANSWERED, NotHeard(3_000))
    voice_began(step, SpeechStarted(1_400))
    voice(step, SpeechStopped(2_900, 1_500))
    no_words(step, NotHeard(3_000))
    facts = step.result()
    assert (facts.opened_ms, facts.opening_ms, facts.voice_ms) == (400, 1_500, 0)
    assert (facts.spoke, facts.not_heard) == (True, 1)


def test_a_tone_after_the_answer_tells_that_the_far_end_has_gone() -> None:
    event = Tone(9_000, "busy")
    step = at(ANSWERED, event)
    tone(step, event)
    assert (step.result().ended_by, step.result().end) == ("caller", "caller")
