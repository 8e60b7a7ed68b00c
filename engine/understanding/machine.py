"""Is it a machine that speaks? 您拨打的号码已停机 is an announcement; 我的号码停机了, 号码被停机怎么办 a caller says.

A carrier's recording neither speaks of itself nor asks. Assistants and switchboards do both, in words of their own.
"""

from __future__ import annotations

import re

from engine.understanding.clauses import clause
from engine.understanding.entry import Found

_STATES = frozenset(
    "invalid_number number_changed suspended powered_off unreachable_or_off barred blocked busy rejected no_answer "
    "forward_failed unreachable congestion caller_fault".split()
)
"""What a carrier tells of a number or a line."""
_OWN = re.compile("[我咱俺](?:们|家|这边?|那边?)?(?:的|那个|这个|自己的?|把)?.{0,2}$")
_ASKS = re.compile("怎么|咋|会不会|是不是|能不能|为什么|为啥|吗[啊呀]?$|呢$|怕")


def by_machine(item: Found, text: str) -> bool:
    """May this announcement be one, and not the words of a person about numbers and calls?"""
    if item.entry.intent not in _STATES:
        return True
    first, last = clause(text, item.start, item.end)
    return _OWN.search(text, max(first, item.start - 8), item.start) is None and not _ASKS.search(text, first, last)
