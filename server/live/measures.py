"""How a call went, in numbers: where the time of each turn went, and how often the caller cut in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from engine.calls.actions import Play, StopPlayback
from engine.calls.events import PlaybackFinished, SpeechStarted
from engine.calls.log import Entry


@dataclass(slots=True)
class Delays:
    """One turn, in milliseconds of the call: the caller stopped, the words came, it was decided, the bot was heard."""

    speech_end_ms: int
    text_ms: int | None = None
    decided_ms: int | None = None
    audio_ms: int | None = None


class Turns:
    """The delays of all turns; each moment is noted once, for the turn that is open."""

    def __init__(self) -> None:
        self.all: list[Delays] = []

    def spoke(self, end_ms: int) -> None:
        """The caller has said something, and stopped then."""
        self.all.append(Delays(end_ms))

    def read(self, at_ms: int) -> None:
        """The words are there."""
        if self.all and self.all[-1].text_ms is None:
            self.all[-1].text_ms = at_ms

    def decided(self, at_ms: int) -> None:
        if self.all and self.all[-1].decided_ms is None:
            self.all[-1].decided_ms = at_ms

    def sounded(self, at_ms: int) -> None:
        """Sound went to the line; the first after a decision is its answer."""
        if self.all and self.all[-1].decided_ms is not None and self.all[-1].audio_ms is None:
            self.all[-1].audio_ms = at_ms

    @property
    def plain(self) -> list[dict[str, int | None]]:
        return [asdict(each) for each in self.all]


def barge_ins(entries: Iterable[Entry]) -> dict[str, int]:
    """How often words cut a prompt, and how often voice over a prompt did not: a cough, a sign of listening."""
    cut = spoken = playing = 0
    for entry in entries:
        cut += any(isinstance(action, StopPlayback) for action in entry.actions)
        spoken += isinstance(entry.event, SpeechStarted) and playing > 0
        playing += sum(isinstance(action, Play) for action in entry.actions)
        playing -= isinstance(entry.event, PlaybackFinished)
    return {"true": cut, "false": max(0, spoken - cut)}
