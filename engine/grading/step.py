"""The workbench of one step of the fold: the facts being made, and what the evidence of the step quotes.

Facts are frozen for everyone else; inside a step a private copy is written to, which nobody has seen yet.
"""

from __future__ import annotations

from engine.calls.events import Event
from engine.grading.facts import Evidence, Facts


class Step:
    def __init__(self, facts: Facts, seq: int, event: Event, interest: frozenset[str], words: str) -> None:
        self.facts = _copy_of(facts)
        """As they stand now."""
        self.seq = seq
        self.event = event
        self.interest = interest
        """Intents that count as interest questions."""
        self.words = words
        """Said in this step."""
        self.before = facts
        self._changed = False

    def set(self, proof: tuple[Evidence, ...] = (), /, **changes: object) -> None:
        """Change these fields and add this evidence. Only this step holds the copy, so that writing past the frozen
        dataclass is safe, and it spares making sixty fields anew for each of a handful of changes.
        """
        values = self.facts.__dict__
        values.update(changes)
        if proof:
            values["evidence"] = self.facts.evidence + proof
        self._changed = True

    def proof(self, fact: str, words: str = "", value: str = "") -> tuple[Evidence, ...]:
        return (Evidence(fact, self.seq, words or self.words, value),)

    def result(self) -> Facts:
        """The facts after this step: the same object where it brought nothing."""
        return self.facts if self._changed else self.before


def _copy_of(facts: Facts) -> Facts:
    made: Facts = object.__new__(Facts)
    made.__dict__.update(facts.__dict__)
    return made
