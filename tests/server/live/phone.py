"""A live call on a virtual clock: no socket, no speech, real engine, real pacing, real record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path

from engine.calls.actions import Part
from engine.calls.log import Header
from engine.dialogue.step import begin
from engine.language.pace import prompt_ms
from engine.trial.transcript import render
from server.audio.line import Line
from server.audio.playout import Playout
from server.audio.recording import Recording
from server.content import SHIPPED
from server.gateways import wire
from server.live.call import LiveCall
from server.live.media import Media, Prompts
from server.live.record import Record, folder_for
from server.live.shelf import Shelved, take_up
from server.speech.listening import Listening

NOW = "2026-11-23T10:00:00.000+08:00"
TICK_MS = 20
VARS = {"company": "星河科技"}


@cache
def script(name: str = "phone-robot") -> Shelved:
    shelved, problems = take_up(SHIPPED / "scripts" / f"{name}.yaml")
    assert shelved, problems
    return shelved


class Voiced:
    """Prompts as silence, as long as their words would take; a slow voice has nothing at hand."""

    def __init__(self, *, slow: bool = False) -> None:
        self.slow = slow

    def ready(self, part: Part) -> bytes | None:
        return None if self.slow else bytes(prompt_ms([part]) * 16)

    async def fetch(self, part: Part) -> AsyncIterator[bytes]:
        yield bytes(prompt_ms([part]) * 16)


class Phone:
    """A caller on the line, and the gateway between: marks come back when they are reached."""

    def __init__(
        self,
        folder: Path,
        *,
        call_id: str = "CA1",
        listening: Listening | None = None,
        prompts: Prompts | None = None,
        recording: Recording | None = None,
        can: frozenset[type] = frozenset(),
        slow_voice: bool = False,
        params: Mapping[str, str] | None = None,
        most_ms: int = 600_000,
        shelved: Shelved | None = None,
    ) -> None:
        known = VARS if shelved is None else {}
        shelved = shelved or script()
        state = begin(shelved.script, call_id, NOW, {**known, **(params or {})})
        header = Header(call_id, shelved.script.name, shelved.script.sha256, "test", NOW, state.variables)
        record = Record(folder_for(folder, header), header)
        playout = Playout(Line(wire.Format()))
        media = Media(playout, prompts or Voiced(slow=slow_voice), listening, recording)
        self.now_ms = 0
        self.call = LiveCall(
            shelved.script, state, record, media, shelved.expectations, now_ms=0, most_ms=most_ms, can=can
        )
        self.orders: list[wire.Outgoing] = []
        """All that the gateway was given, in order."""
        self._marks: list[tuple[int, str]] = []
        self._until_ms = 0

    # --- the gateway -------------------------------------------------------------------------------------------------

    def answer(self, delay_ms: int = 0) -> Phone:
        self.call.begin(delay_ms, self.now_ms)
        self._obey()
        return self

    def take(self, incoming: wire.Incoming) -> None:
        self.call.take(incoming, self.now_ms)
        self._obey()

    def wait(self, ms: int) -> None:
        for _ in range(0, ms, TICK_MS):
            self.now_ms += TICK_MS
            while self._marks and self._marks[0][0] <= self.now_ms:
                self.take(wire.Played(self._marks.pop(0)[1], cleared=False))
            self.call.tick(self.now_ms)
            self._obey()

    def _obey(self) -> None:
        orders, self.call.orders = self.call.orders, []
        self.orders += orders
        for order in orders:
            if isinstance(order, wire.Send):
                self._until_ms = max(self._until_ms, self.now_ms) + len(order.payload) // 8
            elif isinstance(order, wire.Mark):
                self._marks.append((max(self._until_ms, self.now_ms), order.name))
            elif isinstance(order, wire.Clear):
                self._marks.clear()
                self._until_ms = self.now_ms

    # --- the caller --------------------------------------------------------------------------------------------------

    def hear_out(self) -> None:
        """Wait until the bot has finished, at most a minute."""
        for _ in range(600):
            if not self.call.state.playing or self.call.over:
                return
            self.wait(100)
        raise AssertionError("the bot has been talking for a minute")

    def say(self, *texts: str) -> Phone:
        for text in texts:
            self.hear_out()
            self.wait(400)
            self.take(wire.Text(text, 0.9))
        return self

    def cut_in(self, text: str, after_ms: int, *, final: bool = True) -> Phone:
        self.wait(after_ms)
        self.take(wire.Text(text, 0.9, final))
        return self

    def until_over(self, most_ms: int = 120_000) -> Phone:
        for _ in range(0, most_ms, 100):
            if self.call.over:
                return self
            self.wait(100)
        raise AssertionError("the call is not over")

    def close(self) -> dict[str, object]:
        return self.call.close(self.now_ms, {"gateway": "test"})

    @property
    def sent_ms(self) -> int:
        """How much sound the gateway was given."""
        return sum(len(order.payload) // 8 for order in self.orders if isinstance(order, wire.Send))

    @property
    def transcript(self) -> str:
        return render(self.call.record.header, self.call.record.entries)
