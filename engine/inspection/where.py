"""Where in a call something is looked for: in whose words, how far from the beginning, the end, or another utterance.

A place is a list of windows, each a run of utterances: one for the whole call, or one for each hit of an anchor. What
is looked for must be in one of them or, with `every`, in each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.inspection.spoken import Conversation, Spoken, Who

Side = Literal["after", "before", "around", "at"]
Which = Literal["each", "first", "last"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Another utterance, from which places are counted."""

    side: Side
    hits: Callable[[Spoken], str]
    """What in an utterance makes it an anchor; empty for nothing."""
    which: Which = "each"
    reach: int | None = None
    """So many utterances from it, of those that are looked at; None for all."""


@dataclass(frozen=True, slots=True)
class Where:
    who: Who | None = None
    first: int | None = None
    last: int | None = None
    anchor: Anchor | None = None
    every: bool = False

    def windows(self, call: Conversation) -> list[Sequence[Spoken]]:
        """The runs of utterances to look at; none where the anchor is nowhere in the call."""
        if self.anchor is None:
            return [self._bounded([each for each in call.utterances if self._mine(each)])]
        return [self._bounded(run) for run in self._around(call.utterances, self.anchor)]

    def _around(self, all_: Sequence[Spoken], anchor: Anchor) -> list[list[Spoken]]:
        places = [place for place, each in enumerate(all_) if anchor.hits(each)]
        if anchor.which != "each":
            places = places[:1] if anchor.which == "first" else places[-1:]
        found = []
        for place in places:
            before = [each for each in all_[:place] if self._mine(each)]
            after = [each for each in all_[place + 1 :] if self._mine(each)]
            if anchor.reach is not None:
                before, after = before[max(0, len(before) - anchor.reach) :], after[: anchor.reach]
            here = [all_[place]] if self._mine(all_[place]) else []
            found.append({"before": before, "after": after, "at": here, "around": before + here + after}[anchor.side])
        return found

    def _mine(self, spoken: Spoken) -> bool:
        return self.who in (None, spoken.who)

    def _bounded(self, run: list[Spoken]) -> list[Spoken]:
        if self.first is not None:
            run = run[: self.first]
        return run[max(0, len(run) - self.last) :] if self.last is not None else run
