"""What can be asked about a call: a closed set of tests, each of which says yes, no, or that it cannot be told, and
shows the words that prove it.

A test either looks at a run of utterances (`Look`) or at the call as a whole (`Check`); a place
(`engine.inspection.where`) turns the first kind into the second. Looks are in `engine.inspection.words` and
`engine.inspection.manner`; here are their types, how answers are joined, and what is asked about the call as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Literal

from engine.grading.condition import Condition
from engine.inspection.spoken import Conversation, Spoken, Who
from engine.inspection.where import Where


@dataclass(frozen=True, slots=True)
class Proof:
    """What in the call makes a test say what it says."""

    seq: int
    """The step in the log; -1 for the call as a whole."""
    at_ms: int
    who: Who | Literal[""]
    words: str
    found: str
    """Such as the keyword, or `silence 6.2 s`."""


@dataclass(frozen=True, slots=True)
class Found:
    holds: bool | None
    """None: the log does not tell."""
    proofs: tuple[Proof, ...] = ()
    looked: tuple[Proof, ...] = ()
    """Where nothing proves it: what was said where it should have been."""


Look = Callable[[Sequence[Spoken], Conversation], Found]
Check = Callable[[Conversation], Found]
UNKNOWN = Found(None)
LOOKED = 3
"""Utterances that are shown of a place where nothing was found."""


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends excluded; None is no end."""

    more_than: float | None = None
    less_than: float | None = None

    def holds(self, value: float) -> bool:
        above = self.more_than is None or value > self.more_than
        return above and (self.less_than is None or value < self.less_than)


def proof(spoken: Spoken, found: str) -> Proof:
    return Proof(spoken.seq, spoken.at_ms, spoken.who, spoken.text, found)


# --- logic -----------------------------------------------------------------------------------------------------------


def within(where: Where, look: Look) -> Check:
    """`look` in one of the windows of a place, or in each; where there is no window there is nothing to find."""

    def check(call: Conversation) -> Found:
        windows = where.windows(call)
        founds = [_looked(look(window, call), window) for window in windows]
        if not founds:
            return Found(holds=False, looked=(_whole("what it should stand by is not in the call"),))
        return _all(founds) if where.every else _any(founds)

    return check


def _looked(found: Found, window: Sequence[Spoken]) -> Found:
    """The answer with the words of the place, where that has nothing to show."""
    if found.holds is not False or found.proofs:
        return found
    rest = len(window) - LOOKED
    more = (_whole(f"nor in {rest} more utterances"),) if rest > 0 else ()
    seen = tuple(proof(spoken, "not found here") for spoken in window[:LOOKED])
    return replace(found, looked=(*seen, *more) or (_whole("nobody says anything there"),))


def all_of(checks: Sequence[Check]) -> Check:
    return lambda call: _all([check(call) for check in checks])


def any_of(checks: Sequence[Check]) -> Check:
    return lambda call: _any([check(call) for check in checks])


def none_of(check: Check) -> Check:
    def contrary(call: Conversation) -> Found:
        found = check(call)
        return Found(None if found.holds is None else not found.holds, found.proofs)

    return contrary


def _all(founds: Sequence[Found]) -> Found:
    return _joined(founds, decisive=False)


def _any(founds: Sequence[Found]) -> Found:
    return _joined(founds, decisive=True)


def _joined(founds: Sequence[Found], *, decisive: bool) -> Found:
    """One that is decisive decides; else one that is unknown leaves it open."""
    if any(found.holds is decisive for found in founds):
        holds: bool | None = decisive
    else:
        holds = None if any(found.holds is None for found in founds) else not decisive
    speaking = [found for found in founds if found.holds is holds]
    proofs = dict.fromkeys(each for found in speaking for each in found.proofs)
    looked = dict.fromkeys(each for found in speaking for each in found.looked)
    return Found(holds, tuple(proofs), tuple(looked))


# --- the call as a whole ---------------------------------------------------------------------------------------------


def facts(condition: Condition) -> Check:
    """What grades ask, asked here."""

    def check(call: Conversation) -> Found:
        holds = condition.holds(call.facts)
        told = condition.tell(call.facts) if holds else "; ".join(condition.misses(call.facts))
        return Found(holds, (_whole(told),))

    return check


def parameter(wanted: Mapping[str, Sequence[str]]) -> Check:
    """What the call brought with it: each of these is one of its values."""

    def check(call: Conversation) -> Found:
        told = [(name, call.parameters.get(name, "")) for name in wanted]
        holds = all(value in wanted[name] for name, value in told)
        return Found(holds, tuple(_whole(f"{name} is {value or 'not given'}") for name, value in told))

    return check


def hours(opens: time, closes: time) -> Check:
    """The call began within these hours of its own time zone."""

    def check(call: Conversation) -> Found:
        if call.began is None:
            return UNKNOWN
        at = call.began.time()
        inside = opens <= at < closes if opens < closes else at >= opens or at < closes
        return Found(inside, (_whole(f"began at {at:%H:%M}"),))

    return check


def length(bounds: Range) -> Check:
    """From the first step to the last, in ms."""
    return lambda call: Found(bounds.holds(call.ends_ms), (_whole(f"lasted {call.ends_ms / 1000:.0f} s"),))


def _whole(found: str) -> Proof:
    return Proof(-1, 0, "", "", found)
