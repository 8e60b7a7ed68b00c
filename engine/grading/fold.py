"""The facts of a call as a fold over its log: one step in, one set of facts out.

What is heard on the line is in `engine.grading.heard`, how a call ends in `engine.grading.ending`; here is the rest,
which the bot decides and the network tells.

What the network tells when the call is over is a step of the log like any other: codes that were missing make the
disposition anew, whatever was said stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    Dialed,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HoldBegan,
    HoldFailed,
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
from engine.calls.log import Entry
from engine.grading.ending import end, failed, hung_up, unanswered
from engine.grading.facts import ContactState, End, Facts, HoldState
from engine.grading.heard import answered, matched, no_words, pressed, tone, unmatched, voice, voice_began
from engine.grading.said import INTEREST, wish
from engine.grading.step import Step


def fold(facts: Facts, seq: int, event: Event, actions: Sequence[Action], interest: frozenset[str] = INTEREST) -> Facts:
    """The facts after this step. Folding the first actions of a step tells the facts in the middle of it.

    `interest` are the intents that count as interest questions. Returns the same object when the step brings nothing.
    """
    return folded(facts, seq, event, actions, interest).result()


NOTHING, BEFORE = Facts(), Dialed(0)
"""What is known before the first step, and what stands for the event then."""


def fold_all(entries: Iterable[Entry], interest: frozenset[str] = INTEREST) -> Facts:
    """The facts of a whole call, from its first step on."""
    step = Step(NOTHING, 0, BEFORE, interest, "")
    for seq, event, actions in entries:
        step.turn_to(seq, event, _words(event, actions))
        _take(step, actions)
    return step.result()


def folded(facts: Facts, seq: int, event: Event, actions: Sequence[Action], interest: frozenset[str]) -> Step:
    """The same step, left open for further actions of it (`fold_on`)."""
    step = Step(facts, seq, event, interest, _words(event, actions))
    _take(step, actions)
    return step


def _words(event: Event, actions: Sequence[Action]) -> str:
    """What is said in a step: heard in it, or kept while the bot spoke and acted on now."""
    for note in actions:
        if type(note) is Matched:
            return note.text
    return event.text if type(event) is Heard else ""


def _take(step: Step, actions: Sequence[Action]) -> None:
    """The event of a step and these actions."""
    event = step.event
    kind = type(event)
    if len(actions) == 1:
        only = actions[0]
        if type(only) is Ignored and only.event == kind.__name__:
            return
    step.talk()
    on_event = _ON_EVENT.get(kind)
    if on_event is None:
        fold_on(step, actions)
    elif kind in LAST:
        fold_on(step, actions)
        on_event(step, event)
    else:
        on_event(step, event)
        fold_on(step, actions)


def fold_on(step: Step, actions: Sequence[Action]) -> None:
    """Further actions of a step."""
    for action in actions:
        if on_action := _ON_ACTION.get(type(action)):
            on_action(step, action)


LAST = frozenset({HungUp, Failed})
"""Events that come after the actions of their step: words that were kept until then were said before."""
LATE = (Ringing, Answered, Failed, HungUp)
"""What a network may still tell when a call is over."""


def tells_more(facts: Facts, event: Event) -> bool:
    """The call is over: does this tell something about it that was not known?"""
    return isinstance(event, LATE) and fold(facts, 0, event, ()) is not facts


# --- events: the line ----------------------------------------------------------------------------------------------


def _rang(step: Step, _event: Ringing | EarlyMedia) -> None:
    facts = step.facts
    if facts.rang or (facts.over and facts.answered_ms is not None):
        return
    step.set(rang=True)
    if facts.over:
        unanswered(step)


def _transferred(step: Step, _event: TransferSucceeded) -> None:
    """A person has the caller now, which is more than any invitation asks for."""
    proof = step.proof("transfer", value="ok") + step.proof("invitation", value="success")
    step.set(proof, transfer="ok", invitation="success")
    end(step, "transfer")


def _held(step: Step, event: HoldBegan | HoldFailed) -> None:
    state: HoldState = "ok" if isinstance(event, HoldBegan) else "failed"
    step.set(step.proof("hold", value=state), hold=state)


def _played(step: Step, event: PlaybackFinished) -> None:
    if event.ref != step.facts.prompt:
        return
    # A prompt that stops without an order of ours was cut by the end of the call, which is about to be reported.
    if event.completed:
        step.set(prompt=0)
    else:
        step.set(prompt_ms=event.at_ms - event.played_ms)


# --- notes and orders: decisions -----------------------------------------------------------------------------------


def _entered(step: Step, note: Entered) -> None:
    facts = step.facts
    proof, roles = step.proof("stages", note.stage, note.stage), facts.roles
    if note.role and note.role not in roles:
        proof, roles = proof + step.proof("roles", note.stage, note.role), (*roles, note.role)
    step.set(proof, stages=(*facts.stages, note.stage), roles=roles, role=note.role)


def _filled(step: Step, note: Filled) -> None:
    known = step.facts.filled
    step.set(step.proof("filled", note.said, note.slot), filled=known if note.slot in known else (*known, note.slot))
    if note.slot == "referral":
        step.set(step.proof("referral", note.said), referral=True)


def _invited(step: Step, note: Invitation) -> None:
    step.set(step.proof("invitation", value=note.state), invitation=note.state)


def _contact(step: Step, note: Contact) -> None:
    before: ContactState = getattr(step.facts, note.channel)
    state = wish(before, note.state)
    if state != before:
        step.set(step.proof(note.channel, value=state), **{note.channel: state})


def _appointed(step: Step, note: Appointment | Callback) -> None:
    known = step.facts.callback_at
    at = "" if isinstance(note, Appointment) and note.off else note.at or known
    if at != known:
        step.set(step.proof("callback_at", note.said, at), callback_at=at)


def _do_not_call(step: Step, order: DoNotCall) -> None:
    step.set(step.proof("do_not_call", value=order.reason), do_not_call=True)


def _recovered(step: Step, note: Recovered) -> None:
    step.set(step.proof("recoveries", value=note.stage), recoveries=note.count)


def _play(step: Step, order: Play) -> None:
    said = step.facts.bot_turns + (step.facts.answered_ms is not None)
    step.set(prompt=order.ref, prompt_ms=step.event.at_ms, prompt_words=order.text, bot_turns=said)


def _stop(step: Step, order: StopPlayback) -> None:
    if order.ref != step.facts.prompt:
        return
    cut = isinstance(step.event, CUTTING)
    step.set(step.proof("barge_ins") if cut else (), prompt=0, barge_ins=step.facts.barge_ins + cut)


CUTTING = (Heard, SpeechStarted, Pressed)
"""Events in which a caller cuts a prompt short. (In a tuple: a union written out is made anew each time.)"""


def _no_input(step: Step, _note: NoInput) -> None:
    step.set(step.proof("no_input"), no_input=step.facts.no_input + 1)


def _transferring(step: Step, order: Transfer) -> None:
    """A transfer has failed until a person has taken over: a gateway may never report, and a caller may not wait."""
    step.set(step.proof("transfer", order.to, "failed"), transfer="failed")


def _hang_up(step: Step, order: HangUp) -> None:
    if step.facts.end == "caller":  # the far end has gone already, as its tone tells
        return
    step.set(step.proof("ended_by", order.reason, "bot"), ended_by="bot")
    if step.facts.answered_ms is None:
        step.set(rang_out=order.reason == "no_answer")
    else:
        end(step, "limit" if order.reason.endswith("_limit") else ENDS.get(order.reason, "bot"))


ENDS: dict[str, End] = {"silence": "silence", "transfer": "transfer"}
"""Reasons of the bot for hanging up that are neither a limit nor its ordinary goodbye."""


_ON_EVENT: dict[type, Callable[[Step, Any], None]] = {
    Ringing: _rang, EarlyMedia: _rang, Answered: answered, Failed: failed, HungUp: hung_up,
    TransferSucceeded: _transferred, SpeechStarted: voice_began, SpeechStopped: voice, NotHeard: no_words,
    Pressed: pressed, PlaybackFinished: _played, Tone: tone, HoldBegan: _held, HoldFailed: _held,
}  # fmt: skip
_ON_ACTION: dict[type, Callable[[Step, Any], None]] = {
    Matched: matched, Unmatched: unmatched, Entered: _entered, Filled: _filled, Invitation: _invited,
    Contact: _contact, Appointment: _appointed, Callback: _appointed, DoNotCall: _do_not_call,
    Recovered: _recovered, Play: _play, StopPlayback: _stop, NoInput: _no_input, HangUp: _hang_up,
    Transfer: _transferring,
}  # fmt: skip
