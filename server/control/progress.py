"""How far a call has come: rung, answered, over. Each step is told once, whatever comes twice, late or not at all."""

from __future__ import annotations

from engine.calls.events import Answered, Event, Failed, HungUp, Ringing


class Progress:
    def __init__(self, *, answered: bool = False) -> None:
        self.answered = answered
        self.over = False
        self.word = ""
        """The switch's latest word for how it goes."""
        self._rang = False

    def rings(self) -> Event | None:
        if self.answered or self.over or self._rang:
            return None
        self._rang = True
        return Ringing(0)

    def answers(self) -> Event | None:
        if self.answered or self.over:
            return None
        self.answered = True
        return Answered(0)

    def ends(self, hung_up: HungUp, failed: Failed) -> Event | None:
        """It is over: hung up if it had been answered, else failed."""
        if self.over:
            return None
        self.over = True
        return hung_up if self.answered else failed
