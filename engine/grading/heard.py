"""What is heard on the line, as facts: the answer, voices, tones and words, and whether they are those of a human.

Words mean different things in the three parts of a call. Before the answer they are a carrier's announcement. After
it they are the caller's, until a machine gives itself away; what a machine says counts for nothing but the
disposition. When a human takes over from a machine, what was said starts again from nothing. Once a human has spoken,
no announcement can turn the call back into a machine's.
"""

from __future__ import annotations

from dataclasses import fields

from engine.calls.actions import Matched, Unmatched
from engine.calls.events import Answered, Heard, NotHeard, Pressed, SpeechStarted, SpeechStopped, Tone
from engine.grading.answerer import Opening, judge, takes_over
from engine.grading.ending import end
from engine.grading.facts import Evidence, Facts
from engine.grading.outcome import RINGING, TONES, Source, announced, of_machine, stronger
from engine.grading.said import speaks, utterance
from engine.grading.step import Step

REACTS_MS = 2_500
"""A first voice later than this, when the bot has finished, answers it."""
LOUD_MS = 1_000
"""Voice this long is speech even when the recogniser has no words for it; shorter is a cough or a door."""

SAID: dict[str, object] = {
    field.name: field.default
    for field in fields(Facts)
    if field.name
    in "turns spoke heard interest invitation refusals tail_refusals affirmations negations hesitations sms wechat busy"
    " callback_at do_not_call complaint abuse peer wrong_person referral asked_for_human filled no_match not_heard"
    " referral_turn".split()
}
"""What belongs to whoever is speaking, as it is before the first word."""


def answered(step: Step, event: Answered) -> None:
    facts = step.facts
    if facts.over or facts.answered_ms is not None:
        if facts.over and event.by == "machine" and facts.disposition == "silent":
            _machine(step, "voicemail", "", "answer")
        return None
    step.set(answered_ms=event.at_ms)
    if event.by == "machine":  # without words a mailbox is the likeliest machine
        return _machine(step, "voicemail", "", "answer")
    proof = step.proof("answered_by", value="human") + step.proof("disposition", value="silent")
    return step.set(proof, answered_by="human", disposition="silent", known_by="answer")


# --- sounds --------------------------------------------------------------------------------------------------------


def tone(step: Step, event: Tone) -> None:
    facts = step.facts
    if facts.answered_ms is None:
        return step.set(tones=facts.tones | {event.kind}, rang=facts.rang or event.kind in RINGING)
    if event.kind == "beep" and facts.answered_by == "human" and facts.turns <= 1:
        said = facts.evidence_of("turns")
        return _opened(step, said[0].words if said else "", known=bool(facts.heard), beep=True)
    if event.kind == "fax" and not facts.spoke:
        return _machine(step, "fax", "fax tone", "tone")
    if event.kind in TONES and event.kind != "fax":  # the far end has gone, and its exchange says so
        step.set(step.proof("ended_by", f"{event.kind} tone", "caller"), ended_by="caller")
        return end(step, "caller")
    return None


def voice_began(step: Step, event: SpeechStarted) -> None:
    facts = step.facts
    if facts.answered_ms is not None and facts.opened_ms is None:
        step.set(opened_ms=event.at_ms - facts.answered_ms)


def voice(step: Step, event: SpeechStopped) -> None:
    facts = step.facts
    first = facts.answered_ms is not None and not facts.turns and not facts.opening_ms
    step.set(voice_ms=event.speech_ms, opening_ms=event.speech_ms if first else facts.opening_ms)


def no_words(step: Step, _event: NotHeard) -> None:
    facts = step.facts
    step.set(step.proof("not_heard"), not_heard=facts.not_heard + 1)
    if facts.answered_by == "human" and facts.voice_ms >= LOUD_MS:
        speaks(step, "(no words)", aloud=True)
        step.set(voice_ms=0)


def pressed(step: Step, event: Pressed) -> None:
    if step.facts.answered_by == "human":
        speaks(step, f"key {event.digit}", aloud=True)


# --- words ---------------------------------------------------------------------------------------------------------


def matched(step: Step, note: Matched) -> None:
    facts = step.facts
    if isinstance(step.event, Heard) and not step.event.final:
        return None
    if facts.answered_ms is None:
        return _announcement(step, note)
    if note.disposition:
        counts = announced(note.disposition) and not facts.spoke
        return _machine(step, note.disposition, note.text) if counts else None
    if facts.answered_by == "machine":
        if not takes_over(facts.announcement, note.text, note.hits):
            return None
        _start_again(step, note.text)
    elif not facts.turns:
        _opened(step, note.text, known=any(not hit.negated for hit in note.hits))
        if step.facts.answered_by == "machine":
            return None
    return utterance(step, note.text, note.hits)


def unmatched(step: Step, note: Unmatched) -> None:
    if step.facts.answered_by == "human":
        step.set(step.proof("no_match", note.text), no_match=step.facts.no_match + 1)


def _announcement(step: Step, note: Matched) -> None:
    if announced(note.disposition):
        known = stronger(step.facts.announcement, note.disposition)
        proof = step.proof("disposition", note.text, known)
        step.set(proof, announcement=known, disposition=known, known_by="phrase")


def _opened(step: Step, words: str, *, known: bool, beep: bool = False) -> None:
    """A machine may give itself away by how the call opens, without any words of machines."""
    facts = step.facts
    reacted = facts.bot_turns > 0 and not facts.prompt and (facts.opened_ms or 0) > REACTS_MS
    verdict = judge(Opening(words, "", known, facts.opened_ms, facts.opening_ms, beep, reacted))
    if verdict.disposition is not None:
        step.set(**SAID, evidence=_besides_what_was_said(facts))
        _machine(step, verdict.disposition, words or "beep", "opening")


def _machine(step: Step, disposition: str, words: str, source: Source = "phrase") -> None:
    known = of_machine(step.facts.announcement, disposition)
    proof = step.proof("answered_by", words, "machine") + step.proof("disposition", words, known)
    step.set(proof, answered_by="machine", announcement=known, disposition=known, known_by=source)


def _start_again(step: Step, words: str) -> None:
    proof = step.proof("answered_by", words, "human") + step.proof("disposition", words, "completed")
    step.set(**SAID, evidence=_besides_what_was_said(step.facts))
    step.set(proof, answered_by="human", disposition="completed", known_by="speech", announcement="")


def _besides_what_was_said(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(one for one in facts.evidence if one.fact not in SAID)
