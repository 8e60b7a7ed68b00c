"""One live call, without its socket: what arrives becomes events, and what the engine decides becomes orders.

The engine decides alone (`engine.step`); this is the hand that carries out and the ear that reports. Every step is in
the record before any of its orders is given. Time is passed in, so a whole call runs in a test in no time: `now_ms` is
any monotonic clock, and the engine's `at_ms` counts from the creation of the call.

    take, reading, sound, tick  →  events  →  step  →  record  →  orders (to the gateway), wanted (prompts to make)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from engine.calls import actions, events
from engine.calls.actions import Play, StartTimer, StopPlayback
from engine.calls.events import Event, Heard, HungUp, PlaybackFinished, Pressed, Side, TimerFired
from engine.calls.log import Entry
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.script import Script
from server.gateways import wire
from server.live.beside import Beside
from server.live.ending import Ending
from server.live.expected import Expectation, Expectations
from server.live.hearing import Hearing
from server.live.measures import Turns, barge_ins
from server.live.media import Fact, Media, Wanted
from server.live.record import Record, RecordError
from server.live.setup import SetUp
from server.live.timers import Timers
from server.speech.ports import Reading


class LiveCall:
    """All methods run on one thread and return at once. After each, take `orders` and `wanted`."""

    def __init__(
        self,
        script: Script,
        state: State,
        record: Record,
        media: Media,
        expectations: Expectations,
        *,
        now_ms: int,
        most_ms: int,
        can: frozenset[type] = frozenset(),
        set_up: SetUp | None = None,
    ) -> None:
        self.script = script
        self.state = state
        self.record = record
        self.media = media
        self.orders: list[wire.Outgoing] = []
        self.wanted: list[Wanted] = []
        self.oddities: list[str] = []
        self._expectations = expectations
        self._created_ms = now_ms
        self._most_ms = most_ms
        self._can = can
        self._set_up = set_up or SetUp()
        self._now_ms = now_ms
        self._events: deque[Event] = deque()
        self._folding = False
        self._timers = Timers()
        self._hearing = Hearing()
        self._beside = Beside(media, can)
        self._expected: Expectation | None = None
        self._ending = Ending()
        self._idle_until_ms = 0
        """Until then the time alone brings nothing about."""

    @property
    def over(self) -> bool:
        return self.state.phase == "ended"

    @property
    def left(self) -> bool:
        """The far end is gone, and only its last words are waited for."""
        return self._ending.left_by is not None

    @property
    def turns(self) -> Turns:
        return self._hearing.turns

    @property
    def trouble(self) -> str:
        """Why the call is being brought to an end from outside the script; empty for none."""
        return self._ending.trouble

    @property
    def at_ms(self) -> int:
        return self._now_ms - self._created_ms

    def begin(self, answer_delay_ms: int, now_ms: int, *, early: bool = False) -> None:
        """The audio flows. The bot speaks so long after the answer, which is now unless the stream is an early one."""
        self._now_ms = now_ms
        self._came_about(self._set_up.begins(self.at_ms, answer_delay_ms, early=early))

    def _came_about(self, event: Event | None) -> None:
        if isinstance(event, events.Answered):
            self.media.picked_up()
        if event:
            self._happen(event)

    # --- what arrives ------------------------------------------------------------------------------------------------

    def take(self, incoming: wire.Incoming, now_ms: int) -> None:
        self._now_ms = now_ms
        if not self.over and not self.left:
            _ON_WIRE[type(incoming)](self, incoming)

    def reading(self, reading: Reading, now_ms: int) -> None:
        """Words from the recogniser."""
        self._now_ms = now_ms
        if self.over:
            return
        if not reading.final:
            self._partly_heard(reading)
            return
        if event := self._hearing.words(reading, self.at_ms, left=self.left):
            self._happen(event)
        self._end_if_heard()

    def _partly_heard(self, reading: Reading) -> None:
        """A partial can stop a prompt; and one that is an answer already need not be waited on for long."""
        if not reading.text.strip():
            return
        if self.state.playing:
            self._happen(Heard(self.at_ms, reading.text, reading.confidence, final=False))
        elif self._expected and self._expected.answered_by(self.script, self.state, reading.text):
            self.media.answered()

    def sound(self, ref: int, pcm: bytes | None, now_ms: int) -> None:
        """More of a prompt that was wanted; None ends it."""
        self._now_ms, self._idle_until_ms = now_ms, 0
        if pcm is None:
            self.media.finish(ref)
        else:
            self.media.feed(ref, pcm)
        self._speak()

    def tick(self, now_ms: int) -> bool:
        """Time has passed: timers run out, prompts go on and end. Asked fifty times a second, mostly for nothing; true
        if it was worth it.
        """
        self._now_ms = now_ms
        if now_ms < self._idle_until_ms and not (self.left or self.trouble):
            return False
        self._look_at_time()
        self._idle_until_ms = self._next_due_ms()
        return True

    def _look_at_time(self) -> None:
        if self.left:
            self._end_if_heard()
        if self.over or self.left:
            return
        self._came_about(self._set_up.due(self.at_ms))
        self._voice(self.media.quiet(self._now_ms))
        self._speak()
        for ref in self._timers.due(self.at_ms, reading=self._hearing.reading):
            if self._timers.stop(ref):
                self._happen(TimerFired(self.at_ms, ref))
        if self.at_ms >= self._most_ms and not self.trouble:
            self.wind_up("the longest time for a call is over")
        if self._ending.overdue(self.at_ms) and not self.over:
            self.orders.append(wire.HangUp(self.trouble))
            self._happen(HungUp(self.at_ms, "bot"))

    def _next_due_ms(self) -> int:
        """When a tick has something to do, if nothing else happens before and the call is not coming to its end."""
        if self.over or not self._set_up.is_over:
            return 0
        of_call_ms = (self._most_ms, self._timers.next_ms)
        times = [self._created_ms + at_ms for at_ms in of_call_ms if at_ms is not None]
        sound_ms = self.media.next_due_ms(self._now_ms)
        return min(times if sound_ms is None else [*times, sound_ms])

    def lost(self, now_ms: int) -> None:
        """The gateway is gone without a word."""
        self._now_ms = now_ms
        self._leave("network")

    def _leave(self, by: Side, cause: int | None = None) -> None:
        """The far end is gone. What was said last still counts, so the words that are being recognised are waited for;
        nothing is given to the line any more.
        """
        if self.over or self.left:
            return
        self._ending.leave(by, self.at_ms, cause)
        self._voice(self.media.hang_up())
        self._end_if_heard()

    def _end_if_heard(self) -> None:
        gone = self._ending.left(self.at_ms, reading=self._hearing.reading)
        if gone and not self.over:
            self._happen(self._set_up.over(gone))

    def wind_up(self, why: str) -> None:
        """Bring the call to a polite end, as its script does when a limit is reached."""
        if self.trouble or self.over:
            return
        self._ending.must(why, self.at_ms)
        if self.state.clock:
            self._timers.stop(self.state.clock.ref)
            self._happen(TimerFired(self.at_ms, self.state.clock.ref))

    def close(self, now_ms: int, more: Mapping[str, object]) -> dict[str, object]:
        """End the record, whatever the call came to, and return its summary. Raises `RecordError`."""
        self._now_ms = now_ms
        if not self.over:
            self._happen(HungUp(self.at_ms, self._ending.left_by or "network"))
        self.media.close(now_ms)
        return self.record.close(
            self.script,
            self.state.facts,
            {
                "duration_ms": self.at_ms,
                "delays": self.turns.plain,
                "barge_ins": barge_ins(self.record.entries),
                "dropped_prompt_ms": self.media.dropped_ms,
                "oddities": self.oddities,
                "trouble": "; ".join(filter(None, (self.trouble, self.media.trouble))),
                **more,
            },
        )

    # --- from the wire -----------------------------------------------------------------------------------------------

    def on_audio(self, audio: wire.Audio) -> None:
        self._voice(self.media.hear(audio.payload, self._now_ms))

    def _voice(self, facts: list[Fact]) -> None:
        for fact in facts:
            self._happen(self._hearing.sound(fact, self.at_ms, self.media.media_ms))

    def on_set_up(self, told: wire.Answered | wire.Failed) -> None:
        if isinstance(told, wire.Failed) and self._set_up.is_answered:
            self.on_oddity(wire.Oddity("failed, after the answer"))
        else:
            self._came_about(self._set_up.hear(told, self.at_ms))

    def on_ringing(self, _: wire.Ringing) -> None:
        if not self._set_up.is_answered:
            self._happen(events.Ringing(self.at_ms))

    def on_digit(self, digit: wire.Digit) -> None:
        self._happen(Pressed(self.at_ms, digit.digit))

    def on_played(self, played: wire.Played) -> None:
        self.media.marked(played, self._now_ms)
        self._speak()

    def on_flow(self, flow: wire.Flow) -> None:
        self._idle_until_ms = 0
        self.media.flow(on=flow.on)

    def on_text(self, text: wire.Text) -> None:
        if text.final:
            self._hearing.text(self.at_ms)
        self._happen(Heard(self.at_ms, text.text, text.confidence, text.final))

    def on_beside(self, told: wire.TransferResult | wire.Held) -> None:
        if event := self._beside.told(told, self.state, self.at_ms):
            self._happen(event)

    def on_ended(self, ended: wire.Ended) -> None:
        self._leave(ended.by or "caller", ended.q850)

    def on_oddity(self, oddity: wire.Oddity) -> None:
        if len(self.oddities) < 100:
            self.oddities.append(oddity.what)

    # --- the fold ----------------------------------------------------------------------------------------------------

    def _happen(self, event: Event) -> None:
        """Fold an event, and those that carrying out its orders brings about, one after the other."""
        self._idle_until_ms = 0
        self._events.append(event)
        if self._folding:
            return
        self._folding = True
        try:
            while self._events:
                self._fold(self._events.popleft())
        finally:
            self._folding = False
        self._listen_for()
        self._speak()

    def _fold(self, event: Event) -> None:
        seq = self.state.seq
        self.state, decided = step(self.script, self.state, event)
        try:
            self.record.append(Entry(seq, event, decided))
        except RecordError as problem:
            self.wind_up(str(problem))
        if isinstance(event, Heard) and event.final:
            self.turns.decided(self.at_ms)
        for action in decided:
            if carry_out := _CARRY_OUT.get(type(action)):
                carry_out(self, action)

    def _listen_for(self) -> None:
        wanted = self._expectations.at(self.state)
        if wanted is not self._expected:
            self._expected = wanted
            self.media.expect(wanted.phrases, wanted.kind)

    def _speak(self) -> None:
        """Give the line what is due, and report the prompts that have ended."""
        if self.left:
            self.orders.clear()
            self.wanted.clear()
            return
        due = self.media.due(self._now_ms)
        if due.orders:
            self.turns.sounded(self.at_ms)
        self.orders += due.orders
        for ended in due.finished:
            self._happen(PlaybackFinished(self.at_ms, ended.ref, ended.played_ms, ended.completed))

    # --- orders of the engine ----------------------------------------------------------------------------------------

    def play(self, order: Play) -> None:
        self.media.play(order.ref)
        parts = deque(order.parts)
        while parts:
            if parts[0].keys and wire.Keys in self._can:
                self.orders.append(wire.Keys(parts.popleft().keys))
                continue
            pcm = self.media.ready(parts[0])
            if pcm is None:
                self.wanted.append(Wanted(order.ref, tuple(parts)))
                return
            self.media.feed(order.ref, pcm)
            parts.popleft()
        self.media.finish(order.ref)

    def stop(self, order: StopPlayback) -> None:
        orders, played_ms = self.media.stop(order.ref, self._now_ms)
        self.orders += orders
        self.wanted = [each for each in self.wanted if each.ref != order.ref]
        self._events.append(PlaybackFinished(self.at_ms, order.ref, played_ms, completed=False))

    def start_timer(self, order: StartTimer) -> None:
        self._timers.start(order, self.at_ms)

    def cancel_timer(self, order: actions.CancelTimer) -> None:
        self._timers.stop(order.ref)

    def order_beside(self, order: actions.Action) -> None:
        orders, event = self._beside.order(order, self.at_ms, self._now_ms)
        self.orders += orders
        if event:
            self._events.append(event)

    def hang_up(self, order: actions.HangUp) -> None:
        self.orders.append(wire.HangUp(order.reason, order.q850))
        self._events.append(HungUp(self.at_ms, "bot"))


_ON_WIRE: Mapping[type, Callable[[LiveCall, Any], None]] = {
    wire.Audio: LiveCall.on_audio,
    wire.Answered: LiveCall.on_set_up,
    wire.Failed: LiveCall.on_set_up,
    wire.Ringing: LiveCall.on_ringing,
    wire.Digit: LiveCall.on_digit,
    wire.Played: LiveCall.on_played,
    wire.Flow: LiveCall.on_flow,
    wire.Text: LiveCall.on_text,
    wire.TransferResult: LiveCall.on_beside,
    wire.Held: LiveCall.on_beside,
    wire.Ended: LiveCall.on_ended,
    wire.Oddity: LiveCall.on_oddity,
    wire.Started: lambda call, _: call.on_oddity(wire.Oddity("started twice")),
}

_CARRY_OUT: Mapping[type, Callable[[LiveCall, Any], None]] = {
    Play: LiveCall.play,
    StopPlayback: LiveCall.stop,
    StartTimer: LiveCall.start_timer,
    actions.CancelTimer: LiveCall.cancel_timer,
    actions.Transfer: LiveCall.order_beside,
    actions.Hold: LiveCall.order_beside,
    actions.Unhold: LiveCall.order_beside,
    actions.HangUp: LiveCall.hang_up,
}
"""Orders that concern the line; the others are carried out from the record."""
