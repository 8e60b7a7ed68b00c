"""A call that might be: the caller's turns played through the real `step`, fast enough to try thousands of them.

It is what `engine.trial.simulate` is with everything left out that a search does not need: no log, no queue, no
barge-in. A moment is frozen, so that a call may go on from it in many ways. Whatever a search finds is played again
through the simulator, which has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine.calls.actions import Entered, Play, StartTimer, Took
from engine.calls.events import (
    Answered,
    Event,
    Heard,
    HoldBegan,
    HoldEnded,
    HoldFailed,
    HungUp,
    PlaybackFinished,
    Pressed,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.dialogue.state import State
from engine.dialogue.step import begin, step
from engine.grading.facts import Facts
from engine.language.pace import KEY_MS, prompt_ms, speech_ms
from engine.language.script import Script
from engine.trial import caller
from engine.trial.caller import Call, Step
from engine.trial.simulate import HELD_MS, PICK_UP_MS, THINK_MS


@dataclass(frozen=True, slots=True)
class Moment:
    """A call between two events."""

    state: State
    now_ms: int = 0
    prompt_ms: int = 0
    """Length of the prompt in progress."""
    wait_ms: int = 0
    """Length of the wait in progress."""
    came_by: frozenset[str] = frozenset()
    """Stages entered, and branches taken, since the caller's last turn."""


@dataclass(frozen=True, slots=True)
class Imagined:
    """A call after some turns of the caller."""

    begun: Moment
    """The bot begins to answer the last turn."""
    rested: Moment
    """The bot has finished and waits; or the call is over."""
    steps: tuple[Step, ...] = ()
    """The turns, as the simulator plays them."""


def answered(script: Script, call: Call) -> Imagined:
    """The call that has just been answered."""
    begun = _after(script, Moment(begin(script, call.call_id, call.now, call.vars)), Answered(0))
    return Imagined(begun, _rested(script, begun))


def play(script: Script, call: Imagined, turn: Step) -> Imagined:
    """The call one turn later."""
    at = replace(call.rested, came_by=frozenset())
    for make in _EVENTS[type(turn)](turn):
        if at.state.phase == "answered":
            at = _after(script, at, make(at))
    return Imagined(at, _rested(script, at), (*call.steps, turn))


def ends(script: Script, call: Imagined) -> Iterator[tuple[tuple[Step, ...], Facts]]:
    """The ways in which the call can end here, each with its steps and facts: the bot's own goodbye; hanging up on
    the bot's answer, and after it.
    """
    begun, rested = call.begun, call.rested
    if rested.state.phase == "ended":
        yield call.steps, rested.state.facts
        return
    if rested.state.after.kind == "hang_up":
        yield call.steps, _rested(script, _after(script, rested, _time_out(rested))).state.facts
    for at, after_ms in ((begun, 0), (rested, rested.now_ms - begun.now_ms + THINK_MS)):
        if at.state.phase == "answered":
            gone = _after(script, at, HungUp(begun.now_ms + after_ms, "caller"))
            yield (*call.steps, caller.Hangup(True, after_ms)), gone.state.facts


def _after(script: Script, at: Moment, event: Event) -> Moment:
    state, actions = step(script, at.state, event)
    prompt, wait, came_by = at.prompt_ms, at.wait_ms, set(at.came_by)
    for action in actions:
        if isinstance(action, Play):
            prompt = prompt_ms(action.parts)
        elif isinstance(action, StartTimer) and state.timer and action.ref == state.timer.ref:
            wait = action.delay_ms
        elif isinstance(action, Entered):
            came_by |= {f"stage {action.stage}", f"stage {action.stage} visit {action.visit}"}
        elif isinstance(action, Took):
            came_by |= {f"branch {action.rule}", _counted(script, action.rule, state)}
    return Moment(state, event.at_ms, prompt, wait, frozenset(came_by))


def _counted(script: Script, path: str, state: State) -> str:
    """A branch that changes with its use is another branch each time."""
    rule = script.rules.get(path)
    changes = rule and (rule.limit or rule.ignore)
    return f"branch {path} time {state.fired.get(path, 0)}" if changes else f"branch {path}"


def _rested(script: Script, at: Moment) -> Moment:
    """Let the bot finish what it is saying and doing."""
    while at.state.phase == "ending" or (at.state.phase == "answered" and at.state.playing):
        if at.state.phase == "ending":
            at = _after(script, at, HungUp(at.now_ms, "bot"))
        else:
            ended_ms = at.now_ms + at.prompt_ms
            at = _after(script, at, PlaybackFinished(ended_ms, at.state.playing, at.prompt_ms))
    return at


# --- the caller's turns ----------------------------------------------------------------------------------------------

Make = Callable[[Moment], Event]


def _say(turn: caller.Say) -> Iterator[Make]:
    yield lambda at: Heard(at.now_ms + THINK_MS + speech_ms(turn.say), turn.say, turn.confidence)


def _be_silent(_: caller.Silence) -> Iterator[Make]:
    yield _time_out


def _time_out(at: Moment) -> Event:
    return TimerFired(at.now_ms + at.wait_ms, at.state.timer.ref if at.state.timer else 0)


def _press(turn: caller.Dtmf) -> Iterator[Make]:
    for number, digit in enumerate(turn.dtmf):
        yield partial(_key, digit, KEY_MS if number else THINK_MS)


def _key(digit: str, wait_ms: int, at: Moment) -> Event:
    return Pressed(at.now_ms + wait_ms, digit)


def _take_over(turn: caller.TransferOk) -> Iterator[Make]:
    event = TransferSucceeded if turn.transfer_ok else TransferFailed
    yield lambda at: event(at.now_ms + PICK_UP_MS, at.state.transfer)


def _hold(turn: caller.Hold) -> Iterator[Make]:
    if turn.hold == "failed":
        yield lambda at: HoldFailed(at.now_ms, at.state.hold)
        return
    yield lambda at: HoldBegan(at.now_ms, at.state.hold)
    if turn.hold == "ok":
        yield _time_out
    yield lambda at: HoldEnded(at.now_ms + (HELD_MS if turn.hold == "ended" else 0), at.state.hold)


_EVENTS: Mapping[type, Callable[[Any], Iterator[Make]]] = {
    caller.Say: _say,
    caller.Silence: _be_silent,
    caller.Dtmf: _press,
    caller.TransferOk: _take_over,
    caller.Hold: _hold,
}
