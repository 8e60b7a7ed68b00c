"""A call that comes as HTTP requests, a turn each: the platform listens and speaks, the engine decides.

The same fold as in a call with sound, and the same record. Platforms differ in what they tell: that a prompt has ended,
or only, by and by, that nothing has been heard since. So what happened may lie before the request that tells it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from engine.calls import events
from engine.calls.actions import (
    Action,
    CancelTimer,
    HangUp,
    Hold,
    Play,
    StartTimer,
    StopPlayback,
    Transfer,
    Unhold,
)
from engine.calls.events import Event, Heard, HungUp, PlaybackFinished, Pressed, TimerFired
from engine.calls.log import Entry
from engine.dialogue.moves import LAST_WORD_MS
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.pace import speech_ms
from engine.language.script import Script
from server.gateways import turns, wire
from server.gateways.turns import Bye, Connect, GoOn, Hush, Next, Platform, Say, Wait
from server.live.record import Record

LEAST_WAIT_MS, MOST_WAIT_MS = 100, 10_000
RECORDING_MS = 15_000
"""A recording on the platform is taken to be no longer."""


class TurnCall:
    """One call. `take` what the platform tells, then `next` says what it is to do."""

    def __init__(
        self, script: Script, state: State, record: Record, platform: Platform, now_ms: int, *, recordings: bool = False
    ) -> None:
        self.script, self.state, self.record = script, state, record
        self.asked_ms = now_ms
        """When the platform last asked."""
        self.asks_ms = now_ms
        """When it should ask again at the latest, if nothing is said."""
        self.at_ms = 0
        """In the time of the call: what happens, happens then."""
        self.oddities: list[str] = []
        self._platform, self._recordings = platform, recordings
        self._created_ms = now_ms
        self._events: deque[Event] = deque()
        self._timers: dict[int, int] = {}
        self._waiting: deque[tuple[int, str]] = deque()
        """Prompts not yet told the platform, with the `Play` that each belongs to."""
        self._playing = 0
        """The `Play` that the platform is busy with."""
        self._since_ms = 0
        self._begun = self._hushed = False
        self._transfer: Transfer | None = None
        self._connecting = 0
        self._bye: HangUp | None = None

    def take(self, told: turns.Told, now_ms: int) -> None:
        self.asked_ms = max(now_ms, self.asked_ms)
        if isinstance(told, turns.Quiet):
            self.at_ms = max(self.at_ms, self.asked_ms - self._created_ms - told.ms)
            self.on_played(told)
        self.at_ms = self.asked_ms - self._created_ms
        self._ring()
        if told_how := _TAKE.get(type(told)):
            told_how(self, told)
        self._fold()

    def lost(self) -> None:
        """The platform asks no more."""
        self._happen(HungUp(self.at_ms, "network"))

    @property
    def over(self) -> bool:
        return self.state.phase == "ended"

    def next(self) -> Next:
        """What the platform is to do now."""
        what = self._next()
        if isinstance(what, Say):
            self.asks_ms = self.asked_ms + sum(map(_long_ms, what.prompts)) + what.listen_ms
        elif isinstance(what, Wait):
            self.asks_ms = self.asked_ms + what.ms
        return what

    def _next(self) -> Next:
        hushed, self._hushed = self._hushed, False
        if self.over:
            return Bye(self._bye.reason, self._bye.q850) if self._bye else Bye("over")
        if self._transfer:
            self._connecting, to, self._transfer = self._transfer.ref, self._transfer.to, None
            return Connect(to)
        if self._playing:
            return GoOn()
        if self._waiting:
            return self._say()
        if self._connecting:
            return GoOn()
        if hushed:
            return Hush()
        due_ms = min(self._timers.values(), default=self.at_ms + MOST_WAIT_MS)
        return Wait(max(LEAST_WAIT_MS, min(due_ms - self.at_ms, MOST_WAIT_MS)))

    def _say(self) -> Say:
        """The next piece of a prompt, or as much of it as the platform takes at once."""
        self._playing, prompt = self._waiting.popleft()
        said = [prompt]
        while self._platform.whole and self._waiting and self._waiting[0][0] == self._playing:
            said.append(self._waiting.popleft()[1])
        first, self._begun, self._since_ms = not self._begun, True, self.at_ms
        return Say(tuple(said), 0 if self._waiting else self._listen_ms(), first)

    def _listen_ms(self) -> int:
        """How long to listen after the prompt before silence counts."""
        stage = self.script.stages.get(self.state.stage)
        if self.state.after.kind == "hang_up":
            return LAST_WORD_MS
        if stage is None or self.state.after.kind != "listen":
            return 0
        return self.state.wait_ms or stage.silence.after_ms

    def close(self, gateway: str) -> dict[str, object]:
        """End the record, whatever the call came to. Raises `RecordError`."""
        if not self.over:
            self.lost()
        more = {"gateway": gateway, "duration_ms": self.at_ms, "oddities": self.oddities}
        return self.record.close(self.script, self.state.facts, more)

    # --- from the platform -------------------------------------------------------------------------------------------

    def on_started(self, started: wire.Started) -> None:
        """Every message may tell it; what is new counts. Words before the answer are an announcement's."""
        if started.early and self.state.phase == "new":
            self._happen(events.EarlyMedia(self.at_ms))
        elif not started.early and self.state.phase in ("new", "early_media"):
            self._happen(events.Answered(self.at_ms))

    def on_failed(self, failed: wire.Failed) -> None:
        codes = failed.sip, failed.q850, failed.reason, failed.header
        self._happen(events.Failed(self.at_ms, *codes))

    def on_text(self, text: wire.Text) -> None:
        """Words that are kept until the prompt is over cut it, where nobody tells when that is; unless nothing may."""
        self._happen(Heard(self.at_ms, text.text, text.confidence, text.final))
        stage = self.script.stages.get(self.state.stage)
        if self._platform.mute_of_ends and self._playing and self.state.held and stage and stage.barge_in.only is None:
            self._waiting.clear()
            self.on_played(turns.Quiet())

    def on_digit(self, digit: wire.Digit) -> None:
        self._happen(Pressed(self.at_ms, digit.digit))

    def on_played(self, _: wire.Played | turns.Quiet) -> None:
        """The prompt is over; its `Play` is when nothing of it waits any more."""
        ref, self._playing = self._playing, 0
        if ref and all(each != ref for each, _ in self._waiting):
            self._happen(PlaybackFinished(self.at_ms, ref, self.at_ms - self._since_ms))

    def on_transfer(self, result: wire.TransferResult) -> None:
        ref, self._connecting = self._connecting, 0
        if ref and result.ok:
            self._happen(events.TransferSucceeded(self.at_ms, ref))
        elif ref:
            self._happen(events.TransferFailed(self.at_ms, ref, result.reason))

    def on_ended(self, _: wire.Ended) -> None:
        self._happen(HungUp(self.at_ms, "caller"))

    def on_oddity(self, oddity: wire.Oddity) -> None:
        if len(self.oddities) < 100:
            self.oddities.append(oddity.what)

    # --- the fold ----------------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        """Timers that ran out while nobody asked."""
        for ref, due_ms in sorted(self._timers.items(), key=lambda timer: timer[1]):
            if due_ms <= self.at_ms and self._timers.pop(ref, None) is not None:
                self._happen(TimerFired(self.at_ms, ref))

    def _happen(self, event: Event) -> None:
        self._events.append(event)
        self._fold()

    def _fold(self) -> None:
        while self._events:
            event, seq = self._events.popleft(), self.state.seq
            self.state, decided = step(self.script, self.state, event)
            self.record.append(Entry(seq, event, decided))
            for action in decided:
                self._carry_out(action)

    def _carry_out(self, action: Action) -> None:
        match action:
            case Play(ref):
                self._waiting += ((ref, prompt) for prompt in prompts(action, recordings=self._recordings))
                if all(each != ref for each, _ in self._waiting):  # nothing that a platform can say
                    self._events.append(PlaybackFinished(self.at_ms, ref))
            case StopPlayback(ref):
                played_ms = self.at_ms - self._since_ms if self._playing == ref else 0
                self._hushed = self._hushed or self._playing == ref
                self._playing = 0 if self._playing == ref else self._playing
                self._waiting = deque(each for each in self._waiting if each[0] != ref)
                self._events.append(PlaybackFinished(self.at_ms, ref, played_ms, completed=False))
            case StartTimer(ref, _, delay_ms):
                self._timers[ref] = self.at_ms + delay_ms
            case CancelTimer(ref):
                self._timers.pop(ref, None)
            case Transfer():
                self._transfer = action
            case Hold(ref):  # no platform has a word for it, or music that is known to be there: it listens, silent
                self._events.append(events.HoldBegan(self.at_ms, ref))
            case Unhold(ref):
                self._events.append(events.HoldEnded(self.at_ms, ref))
            case HangUp():
                self._bye = action
                self._events.append(HungUp(self.at_ms, "bot"))


def prompts(play: Play, *, recordings: bool) -> list[str]:
    """What a platform can say of a prompt: texts, and names of recordings that lie on it, where it has them."""
    found: list[str] = []
    for part in play.parts:
        if recordings and part.audio:
            found.append(PurePath(part.audio).name)
        elif part.text and found and not found[-1].endswith(".wav"):
            found[-1] += part.text
        elif part.text:
            found.append(part.text)
    return found


def _long_ms(prompt: str) -> int:
    return RECORDING_MS if prompt.endswith(".wav") else speech_ms(prompt)


_TAKE: Mapping[type, Callable[[TurnCall, Any], None]] = {
    wire.Started: TurnCall.on_started,
    wire.Text: TurnCall.on_text,
    wire.Digit: TurnCall.on_digit,
    wire.Played: TurnCall.on_played,
    wire.TransferResult: TurnCall.on_transfer,
    wire.Failed: TurnCall.on_failed,
    wire.Ended: TurnCall.on_ended,
    wire.Oddity: TurnCall.on_oddity,
}
