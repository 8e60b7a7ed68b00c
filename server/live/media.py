"""The sound of one call: what is heard goes to the ear and the recording, what is said goes to the line at its time.

Two clocks, never mixed: `media_ms` counts audio that came in, `now_ms` is the server's clock. The caller's side of the
recording lies where its audio says, the bot's side where it was played; what was thrown away before it was played is
not in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.calls.actions import Part
from engine.calls.events import ToneKind
from server.audio.dtmf import tones
from server.audio.frames import Framer
from server.audio.line import Line
from server.audio.melody import melody
from server.audio.music import Music
from server.audio.playout import Finished, Playout
from server.audio.recording import Recording, RecordingError
from server.audio.tones import Tones
from server.gateways import wire
from server.speech.listening import Kind, Listening, VoiceBegan, VoiceEnded
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ


class Prompts(Protocol):
    """Where the sound of prompts comes from (`server.speech.prompts`)."""

    def ready(self, part: Part) -> bytes | None: ...

    def fetch(self, part: Part) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class ToneHeard:
    kind: ToneKind


Fact = VoiceBegan | VoiceEnded | ToneHeard
MUSIC_MS = 10_000
"""After the answer music is listened for so long."""
_QUIET = bytes(FRAME_BYTES)
HOP_MS = 40
"""Two frames at once: half the work, and a voice is seen 10 ms later on average."""
BATCH_MS = 100
"""The same where words come as text, and nobody listens but to tones."""
RECORDED_MS = 100
"""Of the caller's sound at once: to record it costs the same for any length."""
GAP_MS = 200
"""Audio that is later than this was not delayed: there was none."""
_BYTES_PER_MS = RATE_HZ * 2 // 1000


@dataclass(frozen=True, slots=True)
class Due:
    """What the line gets now, and which prompts have ended."""

    orders: tuple[wire.Outgoing, ...] = ()
    finished: tuple[Finished, ...] = ()


_NOTHING = Due()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt that has still to be made, part by part; `LiveCall.sound` takes the samples."""

    ref: int
    parts: tuple[Part, ...]


class Media:
    def __init__(
        self,
        playout: Playout,
        prompts: Prompts,
        listening: Listening | None = None,
        recording: Recording | None = None,
        *,
        now_ms: int = 0,
    ) -> None:
        self.media_ms = 0
        self.trouble = ""
        """Why the recording is not whole; empty when it is."""
        self._playout = playout
        self._prompts = prompts
        self._listening = listening
        self._recording = recording
        self._began_ms = now_ms
        self._heard_ms = now_ms
        """When audio last came."""
        self._framer = Framer()
        self._waiting = self._unrecorded = b""
        """What has come and was not looked at yet, and what was and is not in the recording yet."""
        self._hop_bytes = playout.line.format.frame_bytes * (HOP_MS if listening else BATCH_MS) // FRAME_MS
        self._tones, self._music = Tones(), Music()
        self._music_until_ms: int | None = None
        self._marked: list[Finished] = []
        self._as_sent = Line(playout.line.format)
        """Turns what the line is sent into samples again, for the recording."""

    # --- the caller --------------------------------------------------------------------------------------------------

    def hear(self, payload: bytes, now_ms: int) -> list[Fact]:
        """Audio of the gateway, any length, looked at by the hop: what a look costs hangs little on its length."""
        missing_ms = now_ms - self._heard_ms
        facts: list[Fact] = []
        if missing_ms > GAP_MS:
            facts = self._catch_up()
            self._record_heard()
            self.media_ms += missing_ms // FRAME_MS * FRAME_MS
        self._heard_ms = now_ms
        self._waiting += payload
        return facts + self._catch_up() if len(self._waiting) >= self._hop_bytes else facts

    def _catch_up(self) -> list[Fact]:
        """Hear what waits."""
        payload, self._waiting = self._waiting, b""
        frames = self._framer.push(self._playout.line.hear(payload)) if payload else ()
        if not frames:
            return []
        sound = b"".join(frames)
        if self._recording:
            self._unrecorded += sound
        facts = self._signals(sound)
        for frame in frames:
            # A tone is nobody's voice, though it may be loud enough for one.
            heard = _QUIET if self._tones.sounding else frame
            if self._listening and (fact := self._listening.hear(heard, self.media_ms)):
                facts.append(fact)
            self.media_ms += FRAME_MS
        if len(self._unrecorded) >= RECORDED_MS * _BYTES_PER_MS:
            self._record_heard()
        return facts

    def _record_heard(self) -> None:
        heard, self._unrecorded = self._unrecorded, b""
        if heard:
            self._write(Recording.caller, heard, self.media_ms - len(heard) // _BYTES_PER_MS)

    def _signals(self, sound: bytes) -> list[Fact]:
        kinds = self._tones.hear(sound)
        if (self._music_until_ms is None or self.media_ms < self._music_until_ms) and self._music.hear(sound):
            kinds = (*kinds, "music")
        return [ToneHeard(kind) for kind in kinds]

    def picked_up(self) -> None:
        """The call has been answered: what was heard while it rang says nothing of what is heard now."""
        self._tones.reset()
        self._music.reset()
        self._music_until_ms = self.media_ms + MUSIC_MS

    def quiet(self, now_ms: int) -> list[Fact]:
        """Time passes without audio: some gateways send none while nobody speaks."""
        missing_ms = now_ms - self._heard_ms
        if self._listening is None or missing_ms <= GAP_MS:
            return []
        facts = self._catch_up()
        fact = self._listening.quiet(self.media_ms + missing_ms)
        return [*facts, fact] if fact else facts

    def hang_up(self) -> list[Fact]:
        """The caller is gone: what was being said is over now."""
        facts = self._catch_up()
        fact = self._listening.finish() if self._listening else None
        return [*facts, fact] if fact else facts

    def expect(self, phrases: Sequence[str], kind: Kind) -> None:
        if self._listening:
            self._listening.expect(phrases, kind)

    def answered(self) -> None:
        """What was said so far is an answer: do not wait long for more."""
        if self._listening:
            self._listening.answered()

    # --- the bot -----------------------------------------------------------------------------------------------------

    def ready(self, part: Part) -> bytes | None:
        """The samples of a part of a prompt, if they are at hand."""
        return tones(part.keys) if part.keys else self._prompts.ready(part)

    def fetch(self, part: Part) -> AsyncIterator[bytes]:
        """The samples as they are made, sentence by sentence. Raises `VoiceError`."""
        return self._prompts.fetch(part)

    def play(self, ref: int) -> None:
        self._playout.play(ref)

    def feed(self, ref: int, pcm: bytes) -> None:
        self._playout.feed(ref, pcm)

    def finish(self, ref: int) -> None:
        self._playout.finish(ref)

    def music(self, ref: int, most_ms: int) -> None:
        """Of our own, until it is stopped or so long."""
        self._playout.play(ref)
        left = most_ms * _BYTES_PER_MS
        while left > 0:
            self._playout.feed(ref, melody()[:left])
            left -= len(melody())

    def flow(self, *, on: bool) -> None:
        self._playout.flow(on)

    def marked(self, played: wire.Played, now_ms: int) -> None:
        """The gateway answers a mark; `due` tells what that means."""
        if finished := self._playout.marked(played.mark, played.cleared, now_ms):
            self._marked.append(finished)

    def due(self, now_ms: int) -> Due:
        begins_ms = now_ms + self._playout.in_flight_ms(now_ms)
        orders = self._playout.due(now_ms)
        for order in orders if self._recording else ():
            if isinstance(order, wire.Send):
                pcm = self._as_sent.hear(order.payload)
                self._write(Recording.bot, pcm, begins_ms - self._began_ms)
                begins_ms += len(pcm) // _BYTES_PER_MS
        finished, self._marked = (*self._marked, *self._playout.overdue(now_ms)), []
        return Due(orders, finished) if orders or finished else _NOTHING

    def next_due_ms(self, now_ms: int) -> int | None:
        """When to ask `quiet` and `due` again if nothing else happens; None if then there will be nothing."""
        due_ms = now_ms if self._marked else self._playout.next_due_ms(now_ms)
        if self._listening is None:
            return due_ms
        gap_ms = max(now_ms, self._heard_ms + GAP_MS)
        return gap_ms if due_ms is None else min(due_ms, gap_ms)

    def stop(self, ref: int, now_ms: int) -> tuple[tuple[wire.Outgoing, ...], int]:
        """Fall silent; returns the orders for that and how much of the prompt was heard, in milliseconds."""
        stopped = self._playout.stop(now_ms, ref)
        self._cut(now_ms)
        return stopped.orders, next((each.played_ms for each in stopped.finished if each.ref == ref), 0)

    # --- the recording -----------------------------------------------------------------------------------------------

    def _write(self, side: Callable[[Recording, bytes, int], None], pcm: bytes, at_ms: int) -> None:
        if self._recording is None:
            return
        try:
            side(self._recording, pcm, at_ms)
        except RecordingError as problem:
            self.trouble = str(problem)
            self._recording = None

    def _cut(self, now_ms: int) -> None:
        if self._recording:
            self._recording.cut(now_ms - self._began_ms)

    def close(self, now_ms: int) -> None:
        """The call is over."""
        self._catch_up()
        self._record_heard()
        self._cut(now_ms)
        if self._listening:
            self._listening.close()
            self._listening = None  # which knows whom to tell, and so refers to the call
        if self._recording:
            try:
                self._recording.close()
            except RecordingError as problem:
                self.trouble = str(problem)
            self._recording = None

    @property
    def dropped_ms(self) -> int:
        """Prompt sound that found no room."""
        return self._playout.dropped_ms
