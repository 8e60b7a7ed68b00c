"""Is it a machine that speaks? 您拨打的号码已停机 is an announcement; 我的号码停机了, 号码被停机怎么办 a caller says.

A carrier's recording neither speaks of itself nor asks. Assistants and switchboards do both, in words of their own.
None of them wonders what would be (遇到空号会不会…, 无法接通的能重拨不), as people do about what they may buy.
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
_ASK_NOTHING = _STATES | {"voicemail", "reminder", "fax", "unknown"}
_OWN = re.compile("[我咱俺](?:们|家|这边?|那边?)?(?:的|那个|这个|自己的?|把)?.{0,2}$")
_ASKS = re.compile("怎么|咋|会不会|是不是|能不能|有没有|为什么|为啥|啥|谁|多久|在哪|哪[家个里儿]|吗[啊呀]?$|呢$|怕")
_WONDERS = re.compile("(?:能|会|有|要|算|是|可以|支持)[^,不没请]{0,12}[不没][啊呀]?$")
_SUPPOSES = re.compile("(?:遇到|碰到|碰上|要是|万一|假如|比如|那些)[^,]{0,6}$")
_AS_A_THING = re.compile("率|了?的(?:话|时候|概|比例|[会能都就也还要算多不没人号客那我你])")
"""空号率, 无人接听的话, 关机的能不能筛掉: no state that somebody is in."""


def by_machine(item: Found, text: str) -> bool:
    """May this announcement be one, and not the words of a person about numbers and calls?"""
    first, last = clause(text, item.start, item.end)
    if _AS_A_THING.match(text, item.end, last) or _WONDERS.search(text, first, last):
        return False
    if _SUPPOSES.search(text, max(first, item.start - 8), item.start):
        return False
    if item.entry.intent not in _ASK_NOTHING:
        return True
    if _ASKS.search(text, first, last):
        return False
    return item.entry.intent not in _STATES or _OWN.search(text, max(first, item.start - 8), item.start) is None
