"""One step of a call: `step(script, state, event) -> (state, actions)`.

Everything that happens to a call goes through here, live, simulated, replayed or tested. The function is total (an
event that does not fit becomes a noted `Ignored`, since gateways reorder and repeat), deterministic, and never reads
a clock: time arrives in events, and waiting is a timer that somebody outside fires.

`HANDLERS` maps each event to its few lines. What the caller's words lead to is in `engine.dialogue.reply`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from engine.calls.actions import Action, Ignored, Matched, TimerKind, Unhold
from engine.calls.events import (
    Alternative,
    Answered,
    Dialed,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HoldBegan,
    HoldEnded,
    HoldFailed,
    HungUp,
    NotHeard,
    Overheard,
    PlaybackFinished,
    Pressed,
    Ringing,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    Tone,
    TransferFailed,
    TransferSucceeded,
)
from engine.dialogue.decide import backchannel, cuts, pressed, reply_from
from engine.dialogue.effects import settle
from engine.dialogue.line import CERTAIN, hear_announcement, hear_tone, is_hopeless
from engine.dialogue.moves import TRANSFER_MS, UNHOLD_MS, close_by_limit, enter, follow, go, listen, part
from engine.dialogue.readings import Reading, others_of, read
from engine.dialogue.reply import answer, answer_goodbye, answer_waiting, keys, miss, silence
from engine.dialogue.rules import go_on, take
from engine.dialogue.state import State
from engine.dialogue.turn import Turn
from engine.grading.fold import tells_more
from engine.language.script import Script
from engine.understanding.grammar import Understanding

RING_MS = 60_000
"""Longest wait for an answer. Carriers give up after about 60 s; ours is the last word when they say nothing."""


class LeadError(ValueError):
    """A lead's row does not fit the script's variables; the message names every one that is wrong."""


def begin(script: Script, call_id: str, now: str, variables: Mapping[str, str] | None = None) -> State:
    """The state of a call before anything has happened.

    `now` is the RFC 3339 time at which the call is created, with its offset. Raises LeadError when a variable is
    unknown, missing or of the wrong type, so that such a call never starts.
    """
    given = dict(variables or {})
    wrong = [f"unknown variable {name!r}" for name in given if name not in script.variables]
    values = {}
    for name, variable in script.variables.items():
        value = str(given.get(name, "")).strip() or variable.default
        if variable.required and not value:
            wrong.append(f"variable {name!r} is required and has no value")
        elif value and not _TYPES[variable.type].fullmatch(value):
            wrong.append(f"variable {name!r} is not a {variable.type}: {value[:40]!r}")
        values[name] = value
    if wrong:
        known = ", ".join(script.variables) or "none"
        raise LeadError(f"{'; '.join(wrong)} (the script's variables: {known})")
    return State(call_id=call_id, now=now, variables=values)


_TYPES = {
    "text": re.compile(r"[^\x00-\x1f]{1,200}"),
    "name": re.compile(r"[^\W\d_](?:[^\W\d_]|[ ·.'-]){0,39}"),
    "number": re.compile(r"-?\d{1,18}(\.\d{1,6})?"),
    "phone": re.compile(r"\+?[\d*][\d*\- ]{4,19}"),
}


def step(script: Script, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
    """Fold one event into the state of a call and say what to do next."""
    turn = Turn(script, state, event)
    if state.phase == "ended":
        if not tells_more(state.facts, event):
            ignore(turn, "the call is over")
    elif state.phase == "ending" and not isinstance(event, (HungUp, Failed, Heard)):
        ignore(turn, "the bot has hung up")
    else:
        HANDLERS[type(event)](turn, event)
    return turn.finish()


def ignore(turn: Turn, why: str) -> None:
    turn.do(Ignored(type(turn.event).__name__, why))


# --- the line --------------------------------------------------------------------------------------------------------


def _on_progress(turn: Turn, event: Dialed | Ringing | EarlyMedia) -> None:
    trigger = {Dialed: "dialed", Ringing: "ringing", EarlyMedia: "early_media"}[type(event)]
    if not turn.move(trigger):
        ignore(turn, f"the call is {turn.state.phase}")
    elif not turn.state.clock:
        turn.start_clock("ring", RING_MS)


def _on_answered(turn: Turn, event: Answered) -> None:
    if not turn.move("answered"):
        return ignore(turn, f"the call is {turn.state.phase}")
    turn.set(reason="goodbye")
    turn.start_clock("call", turn.script.limits.seconds * 1000)
    return enter(turn, turn.script.start)


def _on_end(turn: Turn, event: HungUp | Failed) -> None:
    side = event.by if isinstance(event, HungUp) else "network"
    for kept in turn.state.held if turn.state.phase == "answered" else ():  # said, though never answered
        note_match(turn, readings(turn, kept))
    turn.move("hung_up")
    turn.set(ended_by=side, playing=0, timer=None, clock=None, held=(), transfer=0, hold=0)
    settle(turn)


# --- the caller ------------------------------------------------------------------------------------------------------


def _on_heard(turn: Turn, event: Heard) -> None:
    if not event.text.strip():
        return ignore(turn, "no words")
    if turn.state.phase != "answered":
        return _over_the_line(turn, event) if event.final else None
    if turn.waiting:
        return _reply(turn, event) if event.final else None
    if turn.state.playing and not turn.closing:
        return _over_prompt(turn, event)
    if event.final:
        _reply(turn, event)
    return None


def _over_the_line(turn: Turn, event: Heard) -> None:
    """Words of an announcement, before the answer or after the end."""
    understood = understand(turn, event.text)
    note_match(turn, Reading(understood))
    hear_announcement(turn, understood)


def _reply(turn: Turn, event: Heard) -> None:
    """React to these words, together with those kept from before."""
    event = _with_held(turn, event)
    reading = readings(turn, event)
    note_match(turn, reading)
    reply = reply_from(reading.understood, turn.stage, event.confidence, reading.contested)
    if is_hopeless(turn, reply):
        return turn.hang_up(CERTAIN)
    if turn.waiting:
        return answer_waiting(turn, reply)
    return answer_goodbye(turn, reply) if turn.closing else answer(turn, reply)


def _with_held(turn: Turn, event: Heard) -> Heard:
    if not turn.state.held:
        return event
    words = (*turn.state.held, event)
    turn.set(held=())
    confidences = [each.confidence for each in words if each.confidence is not None]
    before = "，".join(each.text for each in words[:-1])
    others = tuple(Alternative(f"{before}，{other.text}", other.confidence) for other in event.alternatives)
    return Heard(event.at_ms, f"{before}，{event.text}", min(confidences, default=None), alternatives=others)


UNHEARD_BELOW = 0.3
"""Recogniser confidence under which words over a prompt are taken for noise: nothing was asked yet."""


def _over_prompt(turn: Turn, event: Heard) -> None:
    """Words while the bot talks: they cut it, are kept until it has finished, or were only a sign of listening."""
    if event.confidence is not None and event.confidence < UNHEARD_BELOW:
        return ignore(turn, "too uncertain to interrupt for")
    policy = turn.stage.barge_in
    reply = reply_from(understand(turn, event.text), turn.stage, event.confidence)
    if cuts(policy, reply):
        turn.hush()
        return _reply(turn, event) if event.final else listen(turn)
    if not event.final:
        return None
    if backchannel(policy, reply):
        return ignore(turn, "a back-channel word over the prompt")
    turn.set(held=(*turn.state.held, event))
    return ignore(turn, "kept until the prompt has ended")


def readings(turn: Turn, event: Heard) -> Reading:
    """What these words mean, by all readings of the recogniser."""
    best = understand(turn, event.text)
    if not event.alternatives:
        return Reading(best)
    return read(best, [understand(turn, other.text) for other in others_of(event)], event.confidence)


def understand(turn: Turn, text: str) -> Understanding:
    stage = turn.script.stages.get(turn.state.stage)
    role, words = (stage.role, turn.script.listened[stage.name]) if stage else ("early_media", turn.script.words)
    return turn.script.lexicon.understand(text, now=turn.state.now, role=role, words=words)


def note_match(turn: Turn, reading: Reading) -> None:
    understood = reading.understood
    turn.do(Matched(understood.text, understood.hits, understood.disposition, reading.contested))
    for hit in understood.hits:
        if hit.id in CHANNELS and not hit.negated:
            turn.set(channel=CHANNELS[hit.id])


CHANNELS: dict[str, Literal["sms", "wechat"]] = {"want_material": "sms", "want_wechat": "wechat"}


def _on_not_heard(turn: Turn, event: NotHeard) -> None:
    if turn.state.phase != "answered" or turn.state.playing or turn.waiting or turn.closing:
        return ignore(turn, "nobody is asked")
    turn.set(turns=turn.state.turns + 1, silences=0, voice_since_ms=None)
    if turn.state.turns > turn.script.limits.turns:
        return close_by_limit(turn, "turn_limit")
    return miss(turn, "")


def _on_pressed(turn: Turn, event: Pressed) -> None:
    if turn.state.phase != "answered" or turn.waiting or turn.closing:
        return ignore(turn, "nobody is asked")
    rule = pressed(turn, event.digit)
    if rule:
        turn.hush()
        turn.cancel_timer()
        turn.set(turns=turn.state.turns + 1, silences=0)
        if turn.state.turns > turn.script.limits.turns:
            return close_by_limit(turn, "turn_limit")
        return take(turn, rule)
    return None if keys(turn, event.digit) else ignore(turn, "no rule and no slot takes keys here")


def _on_voice(turn: Turn, event: SpeechStarted | SpeechStopped) -> None:
    turn.set(voice_since_ms=event.at_ms if isinstance(event, SpeechStarted) else None)


# --- our own doing ---------------------------------------------------------------------------------------------------


def _on_playback_finished(turn: Turn, event: PlaybackFinished) -> None:
    if not event.ref or event.ref != turn.state.playing:
        return ignore(turn, "not the prompt in progress")
    turn.set(playing=0)
    held = turn.state.held
    if held and turn.state.after.kind in ("listen", "next"):
        turn.set(held=held[:-1])
        return _reply(turn, held[-1])
    return follow(turn, turn.state.after)


def _on_timer(turn: Turn, event: TimerFired) -> None:
    timer = next((t for t in (turn.state.timer, turn.state.clock) if t and t.ref == event.ref), None)
    if timer is None:
        return ignore(turn, "not a live timer")
    turn.set(**{"timer" if timer is turn.state.timer else "clock": None})
    return _TIMEOUTS[timer.kind](turn)


def _give_back(turn: Turn) -> None:
    """Nobody took the call over: the bot has it again."""
    turn.cancel_timer()
    turn.set(transfer=0)
    go(turn, f"{turn.state.after.rule}.else")


def _take_off_hold(turn: Turn) -> None:
    """Its time is over; the bot speaks once the caller can hear it."""
    turn.do(Unhold(turn.state.hold))
    turn.start_timer("unhold", UNHOLD_MS)


def _time_is_up(turn: Turn) -> None:
    """A transfer under way comes to its end first, which its own timer bounds."""
    if turn.state.transfer:
        return turn.start_clock("call", TRANSFER_MS)
    turn.off_hold()
    return close_by_limit(turn, "time_limit")


_TIMEOUTS: dict[TimerKind, Callable[[Turn], None]] = {
    "ring": lambda turn: turn.hang_up("no_answer"),
    "call": _time_is_up,
    "no_input": silence,
    "transfer": _give_back,
    "hold": _take_off_hold,
    "unhold": go_on,
    "hang_up": part,
}


def _on_transfer(turn: Turn, event: TransferSucceeded | TransferFailed) -> None:
    if not event.ref or event.ref != turn.state.transfer:
        return ignore(turn, "not the transfer in progress")
    return turn.hang_up("transfer") if isinstance(event, TransferSucceeded) else _give_back(turn)


def _on_hold(turn: Turn, event: HoldBegan | HoldEnded | HoldFailed) -> None:
    """A hold that the network ends before its time is over is ended on our side too."""
    timer = turn.state.timer
    if not event.ref or event.ref != turn.state.hold or timer is None:
        return ignore(turn, "not the hold in progress")
    if isinstance(event, HoldBegan):
        return None
    if isinstance(event, HoldEnded) and timer.kind == "hold":
        turn.off_hold()
    return go_on(turn, failed=isinstance(event, HoldFailed))


HANDLERS: dict[type[Event], Callable[[Turn, Any], None]] = {
    Dialed: _on_progress,
    Ringing: _on_progress,
    EarlyMedia: _on_progress,
    Answered: _on_answered,
    Failed: _on_end,
    HungUp: _on_end,
    Heard: _on_heard,
    NotHeard: _on_not_heard,
    SpeechStarted: _on_voice,
    SpeechStopped: _on_voice,
    Pressed: _on_pressed,
    Tone: hear_tone,
    Overheard: lambda turn, _: ignore(turn, "nobody says this to the bot"),
    PlaybackFinished: _on_playback_finished,
    TimerFired: _on_timer,
    TransferSucceeded: _on_transfer,
    TransferFailed: _on_transfer,
    HoldBegan: _on_hold,
    HoldEnded: _on_hold,
    HoldFailed: _on_hold,
}
