"""The facts of a call as a fold over its log: one step in, one set of facts out.

Words mean different things in the three parts of a call. Before the answer they are a carrier's announcement. After
it they are the caller's, until a machine gives itself away; what a machine says counts for nothing but the
disposition. When a human takes over from a machine, what was said starts again from nothing. Once a human has spoken,
no announcement can turn the call back into a machine's.

What the network tells when the call is over is a step of the log like any other: codes that were missing make the
disposition anew, whatever was said stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from engine.calls.actions import (
    Action,
    Appointment,
    Callback,
    Contact,
    DoNotCall,
    Entered,
    Filled,
    HangUp,
    Ignored,
    Invitation,
    Matched,
    NoInput,
    Play,
    Recovered,
    StopPlayback,
    Transfer,
    Unmatched,
)
from engine.calls.events import (
    Answered,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HungUp,
    NotHeard,
    PlaybackFinished,
    Pressed,
    Ringing,
    SpeechStarted,
    SpeechStopped,
    Tone,
    TransferSucceeded,
)
from engine.grading.answerer import Opening, judge, takes_over
from engine.grading.ending import end, failed, hung_up, unanswered
from engine.grading.facts import ContactState, End, Facts, Step
from engine.grading.outcome import RINGING, TONES, Source, announced, of_machine, stronger
from engine.grading.said import INTEREST, speaks, utterance, wish

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


def fold(
    facts: Facts, seq: int, event: Event, actions: tuple[Action, ...], interest: frozenset[str] = INTEREST
) -> Facts:
    """The facts after this step. Folding the first actions of a step tells the facts in the middle of it.

    `interest` are the intents that count as interest questions. Returns the same object when the step brings nothing.
    """
    if len(actions) == 1 and isinstance(actions[0], Ignored) and actions[0].event == type(event).__name__:
        return facts
    heard = event.text if isinstance(event, Heard) else ""  # or kept while the bot spoke, and acted on now
    step = Step(seq, event, interest, next((note.text for note in actions if isinstance(note, Matched)), heard))
    if facts.answered_ms is not None and not facts.over:
        facts = facts.but(talk_ms=event.at_ms - facts.answered_ms)
    on_event = _ON_EVENT.get(type(event))
    if on_event is None:
        return fold_on(facts, step, actions)
    if isinstance(event, HungUp | Failed):  # words that were kept until then were said before it
        return on_event(fold_on(facts, step, actions), step, event)
    return fold_on(on_event(facts, step, event), step, actions)


LATE = (Ringing, Answered, Failed, HungUp)
"""What a network may still tell when a call is over."""


def tells_more(facts: Facts, event: Event) -> bool:
    """The call is over: does this tell something about it that was not known?"""
    return isinstance(event, LATE) and fold(facts, 0, event, ()) is not facts


def fold_on(facts: Facts, step: Step, actions: Sequence[Action]) -> Facts:
    """The facts after further actions of a step, of which `facts` are those in the middle."""
    for action in actions:
        if on_action := _ON_ACTION.get(type(action)):
            facts = on_action(facts, step, action)
    return facts


# --- events: the line ----------------------------------------------------------------------------------------------


def _rang(facts: Facts, step: Step, _event: Ringing | EarlyMedia) -> Facts:
    if facts.rang or (facts.over and facts.answered_ms is not None):
        return facts
    facts = facts.but(rang=True)
    return unanswered(facts, step) if facts.over else facts


def _answered(facts: Facts, step: Step, event: Answered) -> Facts:
    if facts.over or facts.answered_ms is not None:
        mailbox = facts.over and event.by == "machine" and facts.disposition == "silent"
        return _machine(facts, step, "voicemail", "", "answer") if mailbox else facts
    facts = facts.but(answered_ms=event.at_ms)
    if event.by == "machine":  # without words a mailbox is the likeliest machine
        return _machine(facts, step, "voicemail", "", "answer")
    proof = step.proof("answered_by", value="human") + step.proof("disposition", value="silent")
    return facts.but(proof, answered_by="human", disposition="silent", known_by="answer")


def _transferred(facts: Facts, step: Step, _event: TransferSucceeded) -> Facts:
    """A person has the caller now, which is more than any invitation asks for."""
    proof = step.proof("transfer", value="ok") + step.proof("invitation", value="success")
    return end(facts.but(proof, transfer="ok", invitation="success"), step, "transfer")


def _transferring(facts: Facts, step: Step, order: Transfer) -> Facts:
    """A transfer has failed until a person has taken over: a gateway may never report, and a caller may not wait."""
    return facts.but(step.proof("transfer", order.to, "failed"), transfer="failed")


# --- events: sounds ------------------------------------------------------------------------------------------------


def _tone(facts: Facts, step: Step, event: Tone) -> Facts:
    if facts.answered_ms is None:
        return facts.but(tones=facts.tones | {event.kind}, rang=facts.rang or event.kind in RINGING)
    if event.kind == "beep" and facts.answered_by == "human" and facts.turns <= 1:
        said = facts.evidence_of("turns")
        return _opened(facts, step, said[0].words if said else "", known=bool(facts.heard), beep=True)
    if event.kind == "fax" and not facts.spoke:
        return _machine(facts, step, "fax", "fax tone", "tone")
    if event.kind in TONES and event.kind != "fax":  # the far end has gone, and its exchange says so
        proof = step.proof("ended_by", f"{event.kind} tone", "caller")
        return end(facts.but(proof, ended_by="caller"), step, "caller")
    return facts


def _opened(facts: Facts, step: Step, words: str, *, known: bool, beep: bool = False) -> Facts:
    """A machine may give itself away by how the call opens, without any words of machines."""
    reacted = facts.bot_turns > 0 and not facts.prompt and (facts.opened_ms or 0) > REACTS_MS
    opening = Opening(words, "", known, facts.opened_ms, facts.opening_ms, beep, reacted)
    verdict = judge(opening)
    if verdict.disposition is None:
        return facts
    kept = tuple(one for one in facts.evidence if one.fact not in SAID)
    return _machine(facts.but(**SAID, evidence=kept), step, verdict.disposition, words or "beep", "opening")


def _voice_began(facts: Facts, step: Step, event: SpeechStarted) -> Facts:
    if facts.answered_ms is None or facts.opened_ms is not None:
        return facts
    return facts.but(opened_ms=event.at_ms - facts.answered_ms)


def _voice(facts: Facts, _step: Step, event: SpeechStopped) -> Facts:
    first = facts.answered_ms is not None and not facts.turns and not facts.opening_ms
    return facts.but(voice_ms=event.speech_ms, opening_ms=event.speech_ms if first else facts.opening_ms)


def _no_words(facts: Facts, step: Step, _event: NotHeard) -> Facts:
    facts = facts.but(step.proof("not_heard"), not_heard=facts.not_heard + 1)
    if facts.answered_by != "human" or facts.voice_ms < LOUD_MS:
        return facts
    return speaks(facts, step.seq, "(no words)", aloud=True).but(voice_ms=0)


def _pressed(facts: Facts, step: Step, event: Pressed) -> Facts:
    if facts.answered_by != "human":
        return facts
    return speaks(facts, step.seq, f"key {event.digit}", aloud=True)


def _played(facts: Facts, _step: Step, event: PlaybackFinished) -> Facts:
    if event.ref != facts.prompt:
        return facts
    # A prompt that stops without an order of ours was cut by the end of the call, which is about to be reported.
    return facts.but(prompt=0) if event.completed else facts.but(prompt_ms=event.at_ms - event.played_ms)


# --- notes: words --------------------------------------------------------------------------------------------------


def _matched(facts: Facts, step: Step, note: Matched) -> Facts:
    if isinstance(step.event, Heard) and not step.event.final:
        return facts
    if facts.answered_ms is None:
        return _announcement(facts, step, note)
    if note.disposition:
        counts = announced(note.disposition) and not facts.spoke
        return _machine(facts, step, note.disposition, note.text) if counts else facts
    if facts.answered_by == "machine":
        if not takes_over(facts.announcement, note.text, note.hits):
            return facts
        facts = _start_again(facts, step, note.text)
    elif not facts.turns:
        facts = _opened(facts, step, note.text, known=any(not hit.negated for hit in note.hits))
        if facts.answered_by == "machine":
            return facts
    return utterance(facts, step.seq, note.text, note.hits, step.interest)


def _announcement(facts: Facts, step: Step, note: Matched) -> Facts:
    if not announced(note.disposition):
        return facts
    known = stronger(facts.announcement, note.disposition)
    proof = step.proof("disposition", note.text, known)
    return facts.but(proof, announcement=known, disposition=known, known_by="phrase")


def _machine(facts: Facts, step: Step, disposition: str, words: str, source: Source = "phrase") -> Facts:
    known = of_machine(facts.announcement, disposition)
    proof = step.proof("answered_by", words, "machine") + step.proof("disposition", words, known)
    return facts.but(proof, answered_by="machine", announcement=known, disposition=known, known_by=source)


def _start_again(facts: Facts, step: Step, words: str) -> Facts:
    kept = tuple(one for one in facts.evidence if one.fact not in SAID)
    proof = step.proof("answered_by", words, "human") + step.proof("disposition", words, "completed")
    changes = SAID | {"answered_by": "human", "disposition": "completed", "known_by": "speech", "announcement": ""}
    changes |= {"evidence": kept}
    return facts.but(**changes).but(proof)


def _unmatched(facts: Facts, step: Step, note: Unmatched) -> Facts:
    if facts.answered_by != "human":
        return facts
    return facts.but(step.proof("no_match", note.text), no_match=facts.no_match + 1)


# --- notes and orders: decisions -----------------------------------------------------------------------------------


def _entered(facts: Facts, step: Step, note: Entered) -> Facts:
    proof, roles = step.proof("stages", note.stage, note.stage), facts.roles
    if note.role and note.role not in roles:
        proof, roles = proof + step.proof("roles", note.stage, note.role), (*roles, note.role)
    return facts.but(proof, stages=(*facts.stages, note.stage), roles=roles, role=note.role)


def _filled(facts: Facts, step: Step, note: Filled) -> Facts:
    proof = step.proof("filled", note.said, note.slot)
    filled = facts.filled if note.slot in facts.filled else (*facts.filled, note.slot)
    if note.slot != "referral":
        return facts.but(proof, filled=filled)
    return facts.but(proof + step.proof("referral", note.said), filled=filled, referral=True)


def _invited(facts: Facts, step: Step, note: Invitation) -> Facts:
    return facts.but(step.proof("invitation", value=note.state), invitation=note.state)


def _contact(facts: Facts, step: Step, note: Contact) -> Facts:
    before: ContactState = getattr(facts, note.channel)
    state = wish(before, note.state)
    return facts if state == before else facts.but(step.proof(note.channel, value=state), **{note.channel: state})


def _appointed(facts: Facts, step: Step, note: Appointment | Callback) -> Facts:
    at = "" if isinstance(note, Appointment) and note.off else note.at or facts.callback_at
    return facts if at == facts.callback_at else facts.but(step.proof("callback_at", note.said, at), callback_at=at)


def _do_not_call(facts: Facts, step: Step, order: DoNotCall) -> Facts:
    return facts.but(step.proof("do_not_call", value=order.reason), do_not_call=True)


def _recovered(facts: Facts, step: Step, note: Recovered) -> Facts:
    return facts.but(step.proof("recoveries", value=note.stage), recoveries=note.count)


def _play(facts: Facts, step: Step, order: Play) -> Facts:
    said = facts.bot_turns + (facts.answered_ms is not None)
    return facts.but(prompt=order.ref, prompt_ms=step.event.at_ms, prompt_words=order.text, bot_turns=said)


def _stop(facts: Facts, step: Step, order: StopPlayback) -> Facts:
    if order.ref != facts.prompt:
        return facts
    cut = isinstance(step.event, Heard | SpeechStarted | Pressed)
    return facts.but(step.proof("barge_ins") if cut else (), prompt=0, barge_ins=facts.barge_ins + cut)


def _no_input(facts: Facts, step: Step, _note: NoInput) -> Facts:
    return facts.but(step.proof("no_input"), no_input=facts.no_input + 1)


def _hang_up(facts: Facts, step: Step, order: HangUp) -> Facts:
    if facts.end == "caller":  # the far end has gone already, as its tone tells
        return facts
    facts = facts.but(step.proof("ended_by", order.reason, "bot"), ended_by="bot")
    if facts.answered_ms is None:
        return facts.but(rang_out=order.reason == "no_answer")
    return end(facts, step, "limit" if order.reason.endswith("_limit") else ENDS.get(order.reason, "bot"))


ENDS: dict[str, End] = {"silence": "silence", "transfer": "transfer"}
"""Reasons of the bot for hanging up that are neither a limit nor its ordinary goodbye."""


_ON_EVENT: dict[type, Callable[[Facts, Step, Any], Facts]] = {
    Ringing: _rang, EarlyMedia: _rang, Answered: _answered, Failed: failed, HungUp: hung_up,
    TransferSucceeded: _transferred, SpeechStarted: _voice_began, SpeechStopped: _voice, NotHeard: _no_words,
    Pressed: _pressed, PlaybackFinished: _played, Tone: _tone,
}  # fmt: skip
_ON_ACTION: dict[type, Callable[[Facts, Step, Any], Facts]] = {
    Matched: _matched, Unmatched: _unmatched, Entered: _entered, Filled: _filled, Invitation: _invited,
    Contact: _contact, Appointment: _appointed, Callback: _appointed, DoNotCall: _do_not_call,
    Recovered: _recovered, Play: _play, StopPlayback: _stop, NoInput: _no_input, HangUp: _hang_up,
    Transfer: _transferring,
}  # fmt: skip
