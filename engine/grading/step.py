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
        self._values = self.facts.__dict__
        self.seq = seq
        self.event = event
        self.interest = interest
        """Intents that count as interest questions."""
        self.words = words
        """Said in this step."""
        self.before = facts
        self._changed = False

    def turn_to(self, seq: int, event: Event, words: str) -> None:
        """Take up the next step of the same call. Nobody has seen the facts between, so they need no copy of their own,
        which is a third of what a step costs.
        """
        self.seq, self.event, self.words = seq, event, words

    def talk(self) -> None:
        """The time talked, which each step of an answered call moves on. Half of all changes are this one, so it goes
        past `set`.
        """
        facts = self.facts
        if facts.answered_ms is not None and not facts.over:
            self._values["talk_ms"] = self.event.at_ms - facts.answered_ms
            self._changed = True

    def set(self, proof: tuple[Evidence, ...] = (), /, **changes: object) -> None:
        """Change these fields and add this evidence. Only this step holds the copy, so that writing past the frozen
        dataclass is safe, and it spares making sixty fields anew for each of a handful of changes.
        """
        self._values.update(changes)
        if proof:
            self._values["evidence"] += proof
        self._changed = True

    def proof(self, fact: str, words: str = "", value: str = "") -> tuple[Evidence, ...]:
        return (evidence(fact, self.seq, words or self.words, value),)

    def result(self) -> Facts:
        """The facts after this step: the same object where it brought nothing."""
        return self.facts if self._changed else self.before


def evidence(  # noqa: PLR0917  the fields of the class
    fact: str,
    seq: int,
    words: str,
    value: str = "",
    phrase: str = "",
    span: tuple[int, int] | None = None,
    instead: str = "",
) -> Evidence:
    """The same as the class makes, in half the time: a call has some fifty of them."""
    return tuple.__new__(Evidence, (fact, seq, words, value, phrase, span, instead))


def _copy_of(facts: Facts) -> Facts:
    made: Facts = object.__new__(Facts)
    made.__dict__.update(facts.__dict__)
    return made
