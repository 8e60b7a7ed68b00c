"""A person at the far end of a gateway: what they say when, what they hear of the bot, when they hang up.

No socket, clock or thread in here. Whoever drives a caller hands in what came from the server, ticks every 20 ms with
the time, and sends what comes back; so a call runs on a virtual clock as well as on a real line.

A person waits for their turn. After they have spoken the bot owes an answer, and the next step waits until the bot has
given it and has been silent for a moment; unless the step cuts in, or the caller's patience ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from server.audio.line import Line
from server.calling.dictation import Dictation
from server.calling.hearing import Earpiece, Voice
from server.calling.impaired import Impaired
from server.calling.notes import Kind, Note
from server.calling.scenario import CUTTING_IN, HangUp, PlayWav, Press, Say, Scenario, Silence, Stall, Step
from server.gateways.far.plain import PlainEnd
from server.gateways.far.port import FarEnd
from server.gateways.wire import Clear, Keys, Outgoing, Refuse, Send, Transfer, WireError
from server.gateways.wire import HangUp as BotHangsUp
from server.speech.ports import FRAME_BYTES, FRAME_MS

Messages = tuple[str | bytes, ...]

KEY_MS = 200
"""From one key to the next."""
UNYIELDING_MS = 1_000
"""A bot that speaks on for so long after the caller has spoken goes on with its prompt; that is then the answer."""

PICK_UP_MS = 2_000
"""Until a person takes a transferred call, as in simulated calls."""
CLOSE_MS = 1_000
"""A server that hangs up closes its socket within this time, or the gateway does."""


class Caller:
    """One test call."""

    def __init__(
        self,
        far: FarEnd,
        scenario: Scenario,
        sounds: Mapping[Step, bytes],
        tell: Callable[[Note], None],
        *,
        as_text: bool = False,
    ) -> None:
        self.far = far
        self.sounds = sounds
        """The voice of each step that has one."""
        self.as_text = as_text
        """The gateway recognises speech itself (huashu's own can), so words go as text, when they have been said."""
        self.tell = tell
        self.scenario = scenario
        self.ended: Note | None = None
        self.stalled_until_ms = 0.0
        """Nothing is to be read before then."""
        self.earpiece = Earpiece()
        self.voice = Voice()
        self.frames: tuple[bytes, bytes] = (b"", b"")
        """What the last tick carried: the caller's and the bot's 20 ms, as samples."""
        self._steps = deque(scenario.steps)
        self._since_ms = 0.0
        """When the last step ended, or will end."""
        self._owed = True
        """The bot has yet to say something: its greeting, or an answer."""
        self._onset_ms = 0.0
        """When the voice that is queued first will be heard."""
        self._arrived_ms = 0.0
        """When the first sound came of what is queued."""
        self._picks_up_ms: float | None = None
        """When a person takes the transferred call, or declines."""
        self._dictation: Dictation | None = None
        self._saying: deque[bytes] = deque()
        """Frames of the caller still to be spoken."""
        self._keys: deque[str] = deque()
        self._hung_up: tuple[float, str] | None = None
        """When the bot hung up, and its reason."""
        self._line = Line(far.format)
        self._resampled = b""
        """Of the caller's voice, what is still to be sent."""
        self._impaired = Impaired(scenario.line)

    # --- what comes in -----------------------------------------------------------------------------------------------

    def open(self, call_id: str, params: Mapping[str, str], now_ms: float) -> Messages:
        """The gateway's first messages."""
        self._since_ms = now_ms
        return self.far.open_messages(call_id, params)

    def receive(self, message: str | bytes, now_ms: float) -> Messages:
        """A message of the server. One that breaks the protocol ends the call."""
        if self.ended:
            return ()
        try:
            orders = self.far.receive(message, now_ms)
        except WireError as error:
            self._end(now_ms, "nobody", f"the server broke the protocol: {error.reason}", in_order=False)
            return self.far.stop()
        replies = tuple(reply for order in orders for reply in self._obey(order, now_ms))
        return replies + self.far.due(now_ms)

    def closed(self, code: int, reason: str, now_ms: float) -> None:
        """The server closed the socket. Codes are those of RFC 6455 section 7.4.1; 1005 is a close without a code."""
        if self.ended:
            return
        in_order = code in (1000, 1001, 1005)
        what = f"closed with {code}" + (f": {reason}" if reason else "")
        if in_order and self._hung_up:
            what = self._hung_up[1]
        self._end(now_ms, "bot" if in_order else "nobody", what, in_order=in_order)

    def give_up(self, now_ms: float, why: str) -> Messages:
        """Hang up although the call is not over."""
        self._end(now_ms, "caller", why, in_order=False)
        return self.far.stop()

    def _obey(self, order: Outgoing, now_ms: float) -> Messages:
        match order:
            case Send():
                self._put(self._line.hear(order.payload), now_ms)
            case Clear():
                self._clear(now_ms)
            case BotHangsUp():
                self._hung_up = (now_ms, order.reason or "hung up")
            case Refuse():
                self._end(now_ms, "nobody", f"refused: {order.reason or 'no reason given'}", in_order=False)
            case Keys():
                self.tell(Note(now_ms, "keys", order.digits))
            case Transfer():
                self.tell(Note(now_ms, "transfer", order.to))
                self._picks_up_ms = now_ms + PICK_UP_MS
        return ()

    def _put(self, pcm: bytes, now_ms: float) -> None:
        had_voice = self.earpiece.loud
        if not self.earpiece.queued_ms:
            self._arrived_ms = now_ms
        self.earpiece.put(pcm)
        if not had_voice and self.earpiece.loud:
            self._onset_ms = now_ms + self.earpiece.leading_ms()

    def _clear(self, now_ms: float) -> None:
        if queued_ms := self.earpiece.queued_ms:
            self.tell(Note(now_ms, "cleared", ms=queued_ms))
        self._break_off()
        self.earpiece.clear()

    def _break_off(self) -> None:
        """Nothing more is heard of this prompt; it was cut off if there was more."""
        if self.voice.speaking:
            self.voice.speaking = False
            self._tell_spoken("bot cut" if self.earpiece.loud else "bot silent")

    def _tell_spoken(self, kind: Kind) -> None:
        voice = self.voice
        self.tell(Note(voice.ended_ms, kind, ms=round(voice.ended_ms - voice.began_ms)))

    # --- what goes on ------------------------------------------------------------------------------------------------

    def tick(self, now_ms: float) -> Messages:
        """20 ms have gone by: what the bot was heard to say, and what the caller did."""
        if self.ended:
            return ()
        if self._hung_up:
            return self._await_close(now_ms)
        heard = self._listen(now_ms)
        messages = self.far.due(now_ms) + self._act(now_ms) + self._pick_up(now_ms)
        if self.ended:
            return messages
        spoken = self._speak(now_ms)
        messages += self._dictate()
        self.frames = (spoken, heard)
        payloads = self._impaired.carry(self._frame(spoken), now_ms)
        return messages + tuple(message for payload in payloads for message in self.far.audio(payload))

    def _frame(self, spoken: bytes) -> bytes:
        """The caller's 20 ms as the gateway sends them. A resampler gives more at times and nothing at others."""
        self._resampled += self._line.speak(spoken)
        size = self.far.format.frame_bytes
        if len(self._resampled) < size:
            return b""
        frame, self._resampled = self._resampled[:size], self._resampled[size:]
        return frame

    def _await_close(self, now_ms: float) -> Messages:
        """The bot has hung up; the code of its close will say whether in order."""
        hung_up_ms, why = self._hung_up or (0.0, "")
        if now_ms - hung_up_ms >= CLOSE_MS:
            self._end(now_ms, "bot", why)
        return ()

    def _listen(self, now_ms: float) -> bytes:
        """The 20 ms that are heard now."""
        frame, loud = self.earpiece.step()
        change = self.voice.hear(now_ms, loud=loud, more=self.earpiece.loud > 0)
        if change == "began":
            self.voice.began_ms = min(max(self.voice.began_ms, self._onset_ms), now_ms)  # the wire is more exact
            self._owed = False
            self.tell(Note(self.voice.began_ms, "bot speaks", ms=round(self.voice.began_ms - self._arrived_ms)))
        elif change == "ended":
            self._tell_spoken("bot silent")
        elif self.voice.speaking and not self._saying and now_ms - self._since_ms >= UNYIELDING_MS:
            self._owed = False
        return frame

    def _act(self, now_ms: float) -> Messages:
        """Press what is to be pressed, and begin the next step when its time has come."""
        if self._saying or now_ms < self._since_ms:
            return ()
        if self._keys:
            return self._press(now_ms)
        if not self._steps or not self._is_time(self._steps[0], now_ms):
            return ()
        step, quiet_since_ms = self._steps.popleft(), self._quiet_since_ms
        self._since_ms = now_ms
        match step:
            case Say() | PlayWav():
                self._begin_saying(step, now_ms)
            case Press():
                self._keys.extend(step.digits)
                self.tell(Note(now_ms, "caller presses", step.digits))
                return self._press(now_ms)
            case Silence():
                self._since_ms = quiet_since_ms + step.for_ms
            case Stall():
                self._since_ms = self.stalled_until_ms = now_ms + step.for_ms
                self.tell(Note(now_ms, "caller stalls", ms=step.for_ms))
            case HangUp():
                self._end(now_ms, "caller", "hung up")
                return self.far.stop()
        return ()

    def _is_time(self, step: Step, now_ms: float) -> bool:
        into_ms = step.barge_in_ms if isinstance(step, CUTTING_IN) else None
        if self.voice.speaking and into_ms is not None:
            return now_ms - self.voice.began_ms >= into_ms
        if isinstance(step, HangUp | Stall) and into_ms is None:
            return now_ms - self._since_ms >= (step.after_ms if isinstance(step, HangUp) else 0)
        return not self.voice.speaking and (
            not self._owed or now_ms - self._quiet_since_ms >= self.scenario.patience_ms
        )

    @property
    def _quiet_since_ms(self) -> float:
        """Since when nobody has said or done anything, while nobody does."""
        return max(self._since_ms, self.voice.ended_ms)

    def _press(self, now_ms: float) -> Messages:
        key = self._keys.popleft()
        self._since_ms = now_ms + KEY_MS
        self._owed = True
        return self.far.digit(key)

    def _begin_saying(self, step: Say | PlayWav, now_ms: float) -> None:
        pcm = self.sounds[step]
        starts = range(0, len(pcm), FRAME_BYTES)
        self._saying = deque(pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for start in starts)
        words = step.words if isinstance(step, Say) else step.path
        self._dictation = Dictation(words, len(starts)) if self.as_text else None
        self.tell(Note(now_ms, "caller speaks", words, ms=len(starts) * FRAME_MS))

    def _dictate(self) -> Messages:
        """What a gateway that recognises speech makes of what is being said."""
        told = self._dictation.told(len(self._saying)) if self._dictation else None
        if told is None or not isinstance(self.far, PlainEnd):
            return ()
        if told[1]:
            self._dictation = None
        return self.far.text(told[0], final=told[1])

    def _pick_up(self, now_ms: float) -> Messages:
        if self._picks_up_ms is None or now_ms < self._picks_up_ms or not isinstance(self.far, PlainEnd):
            return ()
        self._picks_up_ms = None
        ok = self.scenario.transfer_ok
        return self.far.transfer_result(ok=ok, reason="" if ok else "nobody answers")

    def _speak(self, now_ms: float) -> bytes:
        """The caller's 20 ms."""
        if not self._saying:
            return bytes(FRAME_BYTES)
        frame = self._saying.popleft()
        if not self._saying:
            self._since_ms = now_ms
            self._owed = True
            self.tell(Note(now_ms, "caller silent"))
        return frame

    def _end(self, now_ms: float, by: str, why: str, *, in_order: bool = True) -> None:
        self._break_off()
        self.ended = Note(now_ms, "ended", why, by=by, in_order=in_order)
        self.tell(self.ended)
