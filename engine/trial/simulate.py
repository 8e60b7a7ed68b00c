"""Play a written call through the engine on a virtual clock.

The simulator is what a gateway is to a live call: it carries out orders and reports what came of them. A prompt takes
as long as its words take to say, a timer runs out when it is due, an order to hang up is confirmed. Whatever is due
waits in one heap, ordered by time and then by when it was put there, so that a call is the same in every run.

The caller waits until the bot has finished, thinks, and speaks; or cuts in where the script of the call says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any

from engine.calls import events
from engine.calls.actions import CancelTimer, HangUp, Hold, Play, StartTimer, StopPlayback, Transfer, Unhold
from engine.calls.events import (
    Event,
    Heard,
    HoldBegan,
    HoldEnded,
    HoldFailed,
    HungUp,
    PlaybackFinished,
    Pressed,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
)
from engine.calls.log import SIMULATED, Entry, Header
from engine.dialogue.state import State
from engine.dialogue.step import begin, step
from engine.grading.grade import Grade, grade
from engine.language.pace import KEY_MS, prompt_ms, speech_ms
from engine.language.script import Script
from engine.trial import caller
from engine.trial.caller import SETUP, Call, Step
from engine.trial.transcript import summary
from engine.version import VERSION

THINK_MS = 500
"""From the end of a prompt to the caller's first sound; shorter than any no-input time."""
NETWORK_MS = 1_000
"""From one report of the network to the next."""
PICK_UP_MS = 2_000
"""Until a person takes over a transferred call, or declines."""
HELD_MS = 500
"""Until the network ends a hold before its time: less than the shortest lasts."""

MOST_EVENTS = 10_000
"""No call within the limits of a script comes near; one that does is a fault in the engine."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A call that has been played to its end."""

    header: Header
    entries: tuple[Entry, ...]
    state: State
    grade: Grade


def simulate(script: Script, call: Call) -> Simulated:
    """Play this call. Raises LeadError when its variables do not fit the script (`parse_call` has told that before),
    and AssertionError for a call that does not end, which no script can bring about.
    """
    line = Line(script, call)
    line.begin()
    for each in call.steps:
        line.take(each)
    line.finish()
    return line.played()


def result_json(played: Simulated) -> dict[str, object]:
    """What came of the call, as one JSON object."""
    return summary(played.header.call_id, played.entries, played.state.facts, played.grade)


class Line:
    """The telephone line of one call: what is playing, what is due, and the log so far."""

    def __init__(self, script: Script, call: Call) -> None:
        self.script = script
        self.call = call
        self.state = begin(script, call.call_id, call.now, call.vars)
        self.entries: list[Entry] = []
        self.now_ms = 0
        self.playing: dict[int, int] = {}
        """`ref` of each prompt that plays or waits for its turn, and when it starts."""
        self.bot_since_ms = 0
        """When the bot began to speak, prompts that follow each other without a break taken together."""
        self.timers: dict[int, str] = {}
        """`ref` and kind of each live timer."""
        self.transfer = 0
        """`ref` of the transfer in progress; 0 for none."""
        self.holding = 0
        """`ref` of the hold in progress; 0 for none."""
        self._due: list[tuple[int, int, Event]] = []
        self._order = count()

    @property
    def over(self) -> bool:
        return self.state.phase == "ended"

    def begin(self) -> None:
        """Dial; a call whose steps do not begin with its set-up counts as answered at once."""
        being_set_up = self.call.steps and isinstance(self.call.steps[0], SETUP)
        self.happen(events.Dialed(0) if being_set_up else events.Answered(0))

    def take(self, step: Step) -> None:
        """Do what the caller or the network does next. Steps left over after the end of the call are ignored."""
        if not self.over:
            _PLAY[type(step)](self, step)

    def settle(self) -> None:
        """Let the bot finish what it is saying. A hold after it is only begun: what becomes of that is for a step."""
        while self.playing and not self.over and self.next():
            pass

    def finish(self) -> None:
        """Let the call run to its end with a caller who stays silent."""
        while not self.over:
            self.next()

    def played(self) -> Simulated:
        """The call so far, graded."""
        call, script = self.call, self.script
        header = Header(call.call_id, script.name, script.sha256, VERSION, call.now, call.vars, SIMULATED)
        return Simulated(header, tuple(self.entries), self.state, grade(script.scheme, self.state.facts))

    def happen(self, event: Event) -> None:
        """Fold an event into the call and carry out the orders that come of it."""
        if len(self.entries) >= MOST_EVENTS:
            raise AssertionError(f"call {self.state.call_id!r} has not ended after {MOST_EVENTS} events")
        seq = self.state.seq
        self.state, actions = step(self.script, self.state, event)
        self.entries.append(Entry(seq, event, actions))
        for action in actions:
            if carry_out := _CARRY_OUT.get(type(action)):
                carry_out(self, action)

    def due(self, at_ms: int, make: Callable[[int], Event]) -> None:
        heappush(self._due, (at_ms, next(self._order), make(at_ms)))

    def next(self, until_ms: int | None = None) -> Event | None:
        """Let the next thing happen that is due by `until_ms`, and return it; None when nothing is."""
        while self._due:
            if until_ms is not None and self._due[0][0] > until_ms:
                return None
            at_ms, _, event = heappop(self._due)
            if self._is_live(event):
                self.now_ms = max(self.now_ms, at_ms)
                self.happen(event)
                return event
        if until_ms is None and not self.over:
            raise AssertionError(f"call {self.state.call_id!r} waits for nothing and has not ended")
        return None

    def _is_live(self, event: Event) -> bool:
        """Has this neither been cancelled nor stopped? Whatever is live happens once."""
        if isinstance(event, TimerFired):
            kind = self.timers.pop(event.ref, "")
            if kind == "transfer":
                self.transfer = 0
            return bool(kind)
        if isinstance(event, HoldBegan | HoldEnded):
            on_hold = event.ref == self.holding
            self.holding = self.holding if isinstance(event, HoldBegan) else 0
            return on_hold
        if isinstance(event, PlaybackFinished) and event.completed:
            return self.playing.pop(event.ref, None) is not None
        return True

    # --- letting time pass -------------------------------------------------------------------------------------------

    def wait(self, wait_ms: int) -> None:
        self.wait_until(self.now_ms + wait_ms)

    def wait_until(self, at_ms: int) -> None:
        """Let everything happen that is due by then."""
        while not self.over and self.next(at_ms):
            pass
        if not self.over:
            self.now_ms = max(self.now_ms, at_ms)

    def listen(self, barge_in_ms: int | None) -> bool:
        """Wait for the moment at which the caller makes a sound; False when the call is over before it.

        True comes with time passed: either the bot has finished and the caller has thought, or it is cut into.
        """
        self.wait(0)
        if barge_in_ms is not None and (self.playing or self.holding):
            self.hear_out(self.bot_since_ms + barge_in_ms)
            return not self.over
        quiet_ms = 0
        while not self.over and quiet_ms < THINK_MS:
            self.hear_out()
            since_ms = self.now_ms
            self.wait(THINK_MS)
            quiet_ms = 0 if self.playing or self.holding else self.now_ms - since_ms
        return not self.over

    def hear_out(self, until_ms: int | None = None) -> None:
        """Wait until the bot has finished, and a hold after it is over."""
        while (self.playing or self.holding) and not self.over and self.next(until_ms):
            pass
        if (self.playing or self.holding) and until_ms is not None:
            self.now_ms = max(self.now_ms, until_ms)

    # --- orders ------------------------------------------------------------------------------------------------------

    def play(self, order: Play) -> None:
        follows = isinstance(self.entries[-1].event, PlaybackFinished)
        if not follows:
            self.bot_since_ms = self.now_ms
        self.playing[order.ref] = self.now_ms
        played_ms = prompt_ms(order.parts)
        self.due(self.now_ms + played_ms, lambda at_ms: PlaybackFinished(at_ms, order.ref, played_ms))

    def stop(self, order: StopPlayback) -> None:
        since_ms = self.playing.pop(order.ref, None)
        if since_ms is not None:
            played_ms = self.now_ms - since_ms
            self.due(self.now_ms, lambda at_ms: PlaybackFinished(at_ms, order.ref, played_ms, completed=False))

    def start_timer(self, order: StartTimer) -> None:
        self.timers[order.ref] = order.timer
        self.due(self.now_ms + order.delay_ms, lambda at_ms: TimerFired(at_ms, order.ref))

    def cancel_timer(self, order: CancelTimer) -> None:
        self.timers.pop(order.ref, None)

    def connect(self, order: Transfer) -> None:
        self.transfer = order.ref

    def hold(self, order: Hold) -> None:
        self.holding = order.ref
        self.due(self.now_ms, lambda at_ms: HoldBegan(at_ms, order.ref))

    def unhold(self, order: Unhold) -> None:
        self.due(self.now_ms, lambda at_ms: HoldEnded(at_ms, order.ref))

    def hang_up(self, _: HangUp) -> None:
        self.due(self.now_ms, lambda at_ms: HungUp(at_ms, "bot"))


_CARRY_OUT: Mapping[type, Callable[[Line, Any], None]] = {
    Play: Line.play,
    StopPlayback: Line.stop,
    StartTimer: Line.start_timer,
    CancelTimer: Line.cancel_timer,
    Transfer: Line.connect,
    Hold: Line.hold,
    Unhold: Line.unhold,
    HangUp: Line.hang_up,
}
"""Orders that come back as events; the others concern nobody on this line."""


# --- steps -----------------------------------------------------------------------------------------------------------


def _say(line: Line, say: caller.Say) -> None:
    """Words that cut in are heard at that very moment; others take their time."""
    if not line.listen(say.barge_in_ms):
        return
    speaking_ms = 0 if line.playing else speech_ms(say.say)
    line.happen(SpeechStarted(line.now_ms))
    line.wait(speaking_ms)
    if not line.over:
        line.happen(SpeechStopped(line.now_ms, speaking_ms))
        line.happen(Heard(line.now_ms, say.say, say.confidence, alternatives=say.alternatives))


def _be_silent(line: Line, _: caller.Silence) -> None:
    while not line.over:
        waiting = {ref for ref, kind in line.timers.items() if kind == "no_input"}
        event = line.next()
        if isinstance(event, TimerFired) and event.ref in waiting:
            return


def _press(line: Line, dtmf: caller.Dtmf) -> None:
    if not line.listen(dtmf.barge_in_ms):
        return
    for number, digit in enumerate(dtmf.dtmf):
        if number:
            line.wait(KEY_MS)
        if not line.over:
            line.happen(Pressed(line.now_ms, digit))


def _take_over(line: Line, transfer: caller.TransferOk) -> None:
    """Wait for the bot to transfer the call. When it asks something instead, nobody is called and nothing happens."""
    line.wait(0)
    while not line.transfer and line.playing and not line.over:
        line.next()
    if not line.transfer:
        return
    line.wait(PICK_UP_MS)
    if line.transfer and not line.over:
        ref, line.transfer = line.transfer, 0
        ok, failed = events.TransferSucceeded(line.now_ms, ref), events.TransferFailed(line.now_ms, ref)
        line.happen(ok if transfer.transfer_ok else failed)


def _hold(line: Line, step_: caller.Hold) -> None:
    """Wait for the bot to put the caller on hold; when it does not, nothing happens."""
    while not line.holding and (line.playing or not line.entries) and not line.over:
        line.next()
    if not line.holding or line.over:
        return
    if step_.hold == "failed":
        ref, line.holding = line.holding, 0
        line.happen(HoldFailed(line.now_ms, ref))
    elif step_.hold == "ended":
        line.wait(HELD_MS)
        if ref := line.holding:
            line.holding = 0
            line.happen(HoldEnded(line.now_ms, ref))
    else:
        line.hear_out()


def _announce(line: Line, media: caller.EarlyMedia) -> None:
    if not any(isinstance(entry.event, events.EarlyMedia) for entry in line.entries):
        line.wait(NETWORK_MS)
        line.happen(events.EarlyMedia(line.now_ms))
    elif line.timers:  # whoever waits for more hears that it goes on
        line.happen(SpeechStarted(line.now_ms))
    line.wait(speech_ms(media.early_media))
    if media.early_media and not line.over:
        line.happen(Heard(line.now_ms, media.early_media))


def _fail(line: Line, step_: caller.Failed) -> None:
    line.wait(NETWORK_MS)
    if not line.over:
        failure = step_.failed
        line.happen(events.Failed(line.now_ms, failure.sip, failure.q850, failure.reason))


def _answer(line: Line, step_: caller.Answered) -> None:
    line.wait(NETWORK_MS)
    if not line.over:
        line.happen(events.Answered(line.now_ms, step_.answered.by))


def _hang_up(line: Line, hangup: caller.Hangup) -> None:
    line.wait(hangup.after_ms)
    if not line.over:
        line.happen(HungUp(line.now_ms, "caller"))


_PLAY: Mapping[type, Callable[[Line, Any], None]] = {
    caller.Say: _say,
    caller.Silence: _be_silent,
    caller.Dtmf: _press,
    caller.TransferOk: _take_over,
    caller.Hold: _hold,
    caller.EarlyMedia: _announce,
    caller.Failed: _fail,
    caller.Answered: _answer,
    caller.Hangup: _hang_up,
}
