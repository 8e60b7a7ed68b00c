"""What the recogniser's other readings of an utterance add to its best one. They may add evidence or doubt, and never
turn a meaning round.

- Where the best reading means something and was heard well, it stands; the others can only cast doubt on its yes.
- Else an intent that only another reading has counts as well, marked with that reading. What it tells does not: a time
  or a number is taken down as heard best, or asked for again.
- A yes beside a no, in whichever readings, is a doubtful yes, which an invitation has confirmed; so is a yes that only
  another reading has. A no stays one, whatever another reading says.
- A wish to be left alone for good has consequences that nobody takes back, so one other reading is not enough for it:
  it counts where a second one has it too, or where the best one already says no. There it turns nothing round, and to
  err is on the caller's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.calls.events import Alternative, Heard
from engine.understanding.grammar import Hit, Understanding

DOUBTFUL_BELOW = 0.6
"""Recogniser confidence under which a yes is asked again; its own "unsure" region for two-way answers."""
FAINT_BELOW = 0.2
"""Another reading that the recogniser itself gives less is none."""
MOST = 4
"""Readings looked at besides the best."""
_SLIGHT = frozenset({"neutral", "greet", "side_talk"})
ASSENT = frozenset({"affirm", "confirm"})
_GRAVE = frozenset({"do_not_call", "complain", "abuse"})
_NO = _GRAVE | {"refuse", "deny", "decline_contact"}
_TOLD = frozenset({"give_time", "give_number", "give_name"})


class Reading:
    """What an utterance means by all of its readings. No dataclass, like `Reply`: every turn makes one."""

    __slots__ = ("contested", "understood")

    def __init__(self, understood: Understanding, contested: str = "") -> None:
        self.understood = understood
        self.contested = contested
        """A reading that says no where another says yes; empty where none does."""


def others_of(event: Heard) -> tuple[Alternative, ...]:
    """The readings besides the best that are worth a look."""
    return tuple(
        other
        for other in event.alternatives[:MOST]
        if other.text.strip() and (other.confidence is None or other.confidence >= FAINT_BELOW)
    )


def read(best: Understanding, others: Sequence[Understanding], confidence: float | None) -> Reading:
    """`others` are the other readings, the likelier first; `confidence` is that of the best."""
    others = [other for other in others if not other.disposition]  # a caller is no machine by another reading
    if not others or best.disposition:
        return Reading(best)
    unsure = confidence is not None and confidence < DOUBTFUL_BELOW
    means_something = best.told or not _ids(best) <= _SLIGHT
    if unsure or not means_something:
        best = replace(best, hits=_with_evidence(best, others))
    contested = next((other.text for other in others if _says_no(other)), "") if _ids(best) & ASSENT else ""
    return Reading(best, contested)


def _with_evidence(best: Understanding, others: Sequence[Understanding]) -> tuple[Hit, ...]:
    said = {hit.id for hit in best.hits}
    refuses = bool(_ids(best) & _NO)
    added: list[Hit] = []
    for other in others:
        for hit in other.hits:
            if hit.negated or hit.id in said or hit.id in _TOLD:
                continue
            opposed = _NO if said & ASSENT else ASSENT if said & _NO else frozenset[str]()
            if hit.id in opposed:
                continue
            if hit.id in _GRAVE and not refuses and sum(hit.id in _ids(each) for each in others) < 2:
                continue
            said.add(hit.id)
            added.append(replace(hit, reading=other.text))
    active = [hit for hit in best.hits if not hit.negated]
    return (*active, *added, *(hit for hit in best.hits if hit.negated))


def _says_no(understood: Understanding) -> bool:
    """不需要, and 不可以 too, in which the yes is denied."""
    ids = _ids(understood)
    denies = any(hit.negated and hit.id in ASSENT for hit in understood.hits)
    return not ids & ASSENT and (denies or bool(ids & _NO))


def _ids(understood: Understanding) -> set[str]:
    return {hit.id for hit in understood.hits if not hit.negated}
