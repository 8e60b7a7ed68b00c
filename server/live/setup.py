"""How a call comes about: its stream begins with the answer, or before it; then the gateway tells what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from engine.calls.events import Answered, EarlyMedia, Event, Failed, HoldEnded, HungUp, Pressed, Ringing
from engine.grading.load_trunks import Trunks
from server.gateways import wire


class SetUp:
    """Of one call. Times are in milliseconds of the call; what `due` returns has happened now."""

    def __init__(self, trunk: str = "", trunks: Trunks | None = None) -> None:
        self._trunk = trunk
        """The line on which it was dialled."""
        self._trunks = trunks or Trunks()
        self._delay_ms = 0
        self._answer: wire.Answered | None = None
        self._answer_ms: int | None = None
        """When the answer is told to the engine, which speaks at once."""

    @property
    def is_answered(self) -> bool:
        return self._answer is not None

    @property
    def is_over(self) -> bool:
        """Nothing of it is still to come."""
        return self._answer is not None and self._answer_ms is None

    def begins(self, at_ms: int, answer_delay_ms: int, *, early: bool) -> Event | None:
        self._delay_ms = answer_delay_ms
        if early:
            return EarlyMedia(at_ms)
        return self.answered(wire.Answered(), at_ms)

    def answered(self, answer: wire.Answered, at_ms: int) -> Event | None:
        """The first answer counts."""
        if self._answer is None:
            self._answer, self._answer_ms = answer, at_ms + self._delay_ms
        return self.due(at_ms)

    def hear(self, told: wire.Answered | wire.Failed, at_ms: int) -> Event | None:
        """The gateway tells what became of the call."""
        return self.answered(told, at_ms) if isinstance(told, wire.Answered) else self.failed(told, at_ms)

    def due(self, at_ms: int) -> Event | None:
        if self._answer is None or self._answer_ms is None or at_ms < self._answer_ms:
            return None
        self._answer_ms = None
        return Answered(at_ms, self._answer.by)

    def failed(self, told: wire.Failed, at_ms: int) -> Event:
        """With all codes as they came, and what they mean on this line."""
        return self._trunks.judged(Failed(at_ms, told.sip, told.q850, told.reason, told.header), self._trunk)

    def over(self, told: HungUp) -> Event:
        """The same for a release, which may have its cause."""
        return told if told.q850 is None else self._trunks.judged(told, self._trunk)


def heard_by_the_call(event: Event | None) -> wire.Incoming | None:
    """What the network told beside the stream, as the gateway would have told it on the stream."""
    match event:
        case Ringing():
            return wire.Ringing()
        case Answered():
            return wire.Answered(event.by)
        case Failed():
            return wire.Failed(event.sip, event.q850, event.reason, event.header)
        case Pressed():
            return wire.Digit(event.digit)
        case HoldEnded():
            return wire.Held("ended")
        case HungUp():
            return wire.Ended("", _TOLD.get(event.by, ""), event.q850)
    return None


_TOLD: Mapping[str, Literal["caller", "network"]] = {"caller": "caller", "network": "network"}
"""Who hangs up as a gateway tells it."""
