"""What the bot says, sent ahead of the ear but never far: a queue of prompts paced by the clock.

The gateway plays; we only see to it that it never runs dry and never holds more than `AHEAD_MS`. Each message sent
moves one deadline, the moment when all sent so far will have been played, by exactly its own length. Nothing is paced
by sleeping between messages, so lateness of the caller of `due` is made good at once and errors never add up. The same
deadline tells how much of each prompt was heard when it is stopped: all that was sent less what is still in flight.

A prompt ends with a mark, which the gateway answers when it has played so far. Where a gateway knows no marks, and
where an answer does not come, the clock decides. `stop` throws away what is in flight and begins a new epoch, which
every later mark carries: some gateways answer the marks of what was thrown away and some do not, so what an older
epoch says is not even looked at. The time is always told from outside, by a clock that does not go back.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile

from server.audio.line import Line
from server.gateways.wire import Clear, Mark, Outgoing, Send
from server.speech.ports import FRAME_MS, RATE_HZ

AHEAD_MS = 1000
"""Enough for a stall of ours, and little to lose with a `Clear` that comes late. Gateways would take far more: Asterisk
18 s, Twilio 10 min; but then an answered mark comes long after what it marks was sent."""
MESSAGE_MS = 200
"""Longer messages cost fewer of them; one call then takes five a second."""
LEAST_MESSAGE_MS = 100
"""While a prompt is still being made: dribbled out in shorter ones it would stutter."""
MARK_LATE_MS = 1000
"""How long after its time a mark is waited for."""
QUEUE_PROMPTS = 16
"""Those whose end is not yet known. FreeSWITCH forgets marks beyond 30."""
QUEUE_MS = 120_000
"""Sound not yet sent, of all prompts together: 2 MB."""

_BYTES_PER_MS = RATE_HZ * 2 // 1000
_MARK = re.compile(r"e([0-9]{1,9}):([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Finished:
    """A prompt is over."""

    ref: int
    played_ms: int
    """How much of it was heard."""
    completed: bool = True
    """False when it was stopped or thrown away."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What `stop` did: orders for the gateway, and the prompts that ended, in order."""

    orders: tuple[Outgoing, ...] = ()
    finished: tuple[Finished, ...] = ()


@dataclass(slots=True)
class _Prompt:
    ref: int
    waiting: deque[memoryview] = field(default_factory=deque)
    """Fed and not yet put into the gateway's format."""
    fed_bytes: int = 0
    complete: bool = False
    """Nothing more will be fed."""
    lead_ms: int = 0
    sent_ms: int = 0
    """With the lead and what fills the last frame."""
    begun: bool = False
    drained: bool = False
    """All that was fed is in the buffer or sent, the resampler's rest too."""
    ends_ms: int | None = None
    """When it will have been played; known once all of it is sent."""

    @property
    def sound_ms(self) -> int:
        return self.fed_bytes // _BYTES_PER_MS

    def heard_ms(self, unheard_ms: int) -> int:
        """How much of its own sound was heard when so much of what was sent was not."""
        return max(0, min(self.sound_ms, self.sent_ms - unheard_ms - self.lead_ms))


class Playout:
    """The prompts of one call on one line.

    `lead_ms` of silence, in whole frames, open a prompt that begins on a silent line: some gateways clip the onset.
    """

    def __init__(self, line: Line, *, marks: bool = True, lead_ms: int = 0) -> None:
        self.line = line
        self.epoch = 0
        self.dropped_ms = 0
        """Sound that found no room."""
        self._marks = marks
        self._lead_ms = lead_ms
        self._open = True
        self._queue: deque[_Prompt] = deque()
        self._refused: list[Finished] = []
        self._buffer = b""
        """Of the prompt being sent, in the gateway's format."""
        self._until_ms = 0
        """When all that was sent will have been played."""
        self._full_until_ms = 0
        """Until then the next message, which is ready, finds no room at the gateway; `due` is asked far more often."""

    # --- what is to be said -------------------------------------------------------------------------------------------

    def play(self, ref: int) -> None:
        """A prompt joins the queue; its sound may come later, piece by piece."""
        if len(self._queue) < QUEUE_PROMPTS:
            self._queue.append(_Prompt(ref))
            return
        self._refused.append(Finished(ref, 0, completed=False))

    def feed(self, ref: int, pcm: bytes) -> None:
        """More of it. For a prompt that is gone this does nothing: making it may outlast it."""
        prompt = self._prompt(ref)
        if prompt is None or prompt.complete or not pcm:
            return
        room = QUEUE_MS * _BYTES_PER_MS - sum(len(piece) for each in self._queue for piece in each.waiting)
        kept = memoryview(pcm)[: max(room, 0)]
        self.dropped_ms += (len(pcm) - len(kept)) // _BYTES_PER_MS
        prompt.fed_bytes += len(kept)
        if kept:
            prompt.waiting.append(kept)

    def finish(self, ref: int) -> None:
        """That was all of it."""
        prompt = self._prompt(ref)
        if prompt is not None:
            prompt.complete = True

    def stop(self, now_ms: int, ref: int | None = None) -> Stopped:
        """Fall silent at once; with `ref`, only if that prompt is not over. What is queued behind it goes too."""
        if ref is not None and self._prompt(ref) is None:
            return Stopped()
        finished = tuple(
            Finished(prompt.ref, prompt.heard_ms(unheard_ms), completed=False)
            for prompt, unheard_ms in self._unheard(now_ms)
        )
        self._queue.clear()
        self._buffer = b""
        self.line.reset_out()
        self._until_ms = now_ms
        self._full_until_ms = 0
        self._open = True  # a gateway that was full has room now, and may not say so
        self.epoch += 1
        return Stopped((Clear(),), finished)

    # --- what happens with it -----------------------------------------------------------------------------------------

    def due(self, now_ms: int) -> tuple[Outgoing, ...]:
        """What the gateway is to be sent now."""
        if now_ms < self._full_until_ms:
            return ()
        orders: list[Outgoing] = []
        while self._open and (prompt := self._unsent()) is not None:
            self._prepare(prompt, now_ms)
            message_ms = self._message_ms(prompt)
            if message_ms and self.in_flight_ms(now_ms) + message_ms <= AHEAD_MS:
                orders.append(self._send(prompt, message_ms, now_ms))
            elif prompt.drained and not self._buffer:
                orders.append(self._close(prompt, now_ms))
            else:
                self._full_until_ms = self._until_ms + message_ms - AHEAD_MS if message_ms else 0
                break
        return tuple(orders)

    def next_due_ms(self, now_ms: int) -> int | None:
        """When to ask `due` and `overdue` again if nothing else happens; None if then there will be nothing."""
        times = [prompt.ends_ms + self._late_ms for prompt in self._queue if prompt.ends_ms is not None]
        prompt = self._unsent()
        if self._open and prompt is not None:
            self._prepare(prompt, now_ms)
            if message_ms := self._message_ms(prompt):
                times.append(self._until_ms + message_ms - AHEAD_MS)
            elif prompt.drained:
                times.append(now_ms)
        if self._refused:
            times.append(now_ms)
        return max(now_ms, min(times)) if times else None

    def marked(self, mark: str, cleared: bool | None, now_ms: int) -> Finished | None:
        """The gateway answers a mark. None for one that is of an older epoch, strange, or too late to matter."""
        told = _MARK.fullmatch(mark)
        if told is None or int(told[1]) != self.epoch:
            return None
        prompt = self._prompt(int(told[2]))
        if prompt is None or prompt.ends_ms is None:
            return None
        heard_ms = {each.ref: each.heard_ms(unheard_ms) for each, unheard_ms in self._unheard(now_ms)}[prompt.ref]
        # Marks keep their order: those before it were lost, and `overdue` tells of them now.
        for earlier in takewhile(lambda each: each is not prompt, self._queue):
            earlier.ends_ms = now_ms - self._late_ms
        self._queue.remove(prompt)
        return Finished(prompt.ref, heard_ms, completed=False) if cleared else Finished(prompt.ref, prompt.sound_ms)

    def overdue(self, now_ms: int) -> tuple[Finished, ...]:
        """Prompts that are over by the clock, since no mark tells it."""
        over, self._refused = self._refused, []
        while self._queue and (ends_ms := self._queue[0].ends_ms) is not None and ends_ms + self._late_ms <= now_ms:
            prompt = self._queue.popleft()
            over.append(Finished(prompt.ref, prompt.sound_ms))
        return tuple(over)

    def flow(self, on: bool) -> None:
        """The gateway asks for a pause, or for more. Meanwhile it goes on playing what it has."""
        self._open = on

    # --- what can be asked --------------------------------------------------------------------------------------------

    def in_flight_ms(self, now_ms: int) -> int:
        """How much was sent and not yet played."""
        return max(0, self._until_ms - now_ms)

    # --- inside -------------------------------------------------------------------------------------------------------

    @property
    def _late_ms(self) -> int:
        return MARK_LATE_MS if self._marks else 0

    def _prompt(self, ref: int) -> _Prompt | None:
        return next((prompt for prompt in self._queue if prompt.ref == ref), None)

    def _unsent(self) -> _Prompt | None:
        """The prompt whose turn it is."""
        return next((prompt for prompt in self._queue if prompt.ends_ms is None), None)

    def _unheard(self, now_ms: int) -> list[tuple[_Prompt, int]]:
        """Each prompt with how much of it is in flight: what was sent last is what is still to be heard."""
        left_ms = self.in_flight_ms(now_ms)
        found: list[tuple[_Prompt, int]] = []
        for prompt in reversed(self._queue):
            unheard_ms = min(left_ms, prompt.sent_ms)
            left_ms -= unheard_ms
            found.append((prompt, unheard_ms))
        return found[::-1]

    def _prepare(self, prompt: _Prompt, now_ms: int) -> None:
        """Have a message of it in the buffer, or all that there is."""
        if not prompt.begun and (prompt.waiting or prompt.complete):
            prompt.begun = True
            if prompt.waiting and self._lead_ms and not self.in_flight_ms(now_ms):
                prompt.lead_ms = self._lead_ms
                self._buffer += self.line.silence(self._lead_ms)
        while prompt.waiting and len(self._buffer) < self._bytes(MESSAGE_MS):
            piece = prompt.waiting.popleft()
            now, later = piece[: MESSAGE_MS * _BYTES_PER_MS], piece[MESSAGE_MS * _BYTES_PER_MS :]
            if later:
                prompt.waiting.appendleft(later)
            self._buffer += self.line.speak(bytes(now))
        if prompt.complete and not prompt.waiting and not prompt.drained:
            prompt.drained = True
            self._buffer += self.line.finish_out()
            missing_bytes = -len(self._buffer) % self.line.format.frame_bytes
            self._buffer += self.line.silence(FRAME_MS)[:missing_bytes]

    def _message_ms(self, prompt: _Prompt) -> int:
        """How long the next message is; 0 if there is none yet."""
        ready_ms = min(MESSAGE_MS, len(self._buffer) // self.line.format.frame_bytes * FRAME_MS)
        return ready_ms if prompt.drained or ready_ms >= LEAST_MESSAGE_MS else 0

    def _send(self, prompt: _Prompt, message_ms: int, now_ms: int) -> Send:
        size = self._bytes(message_ms)
        message, self._buffer = self._buffer[:size], self._buffer[size:]
        prompt.sent_ms += message_ms
        self._until_ms = max(self._until_ms, now_ms) + message_ms
        return Send(message)

    def _close(self, prompt: _Prompt, now_ms: int) -> Mark:
        """Its mark. A gateway that answers none gets it too: its codec may have to know where an utterance ends."""
        prompt.ends_ms = max(self._until_ms, now_ms)
        return Mark(f"e{self.epoch}:{prompt.ref}")

    def _bytes(self, ms: int) -> int:
        return self.line.format.frame_bytes * ms // FRAME_MS
