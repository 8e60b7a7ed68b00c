"""What can be understood: intents, each with the phrases that mean it. Frozen data, no parsing and no matching."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

How = Literal["exact", "pinyin", "fuzzy", "pattern"]

Group = Literal[
    "answers", "leave_alone", "circumstances", "interest", "general", "requests", "talk", "announcement"
]  # fmt: skip
GROUPS: tuple[Group, ...] = (
    "answers", "leave_alone", "circumstances", "interest", "general", "requests", "talk", "announcement"
)  # fmt: skip

DISPOSITIONS = frozenset(
    "completed busy no_answer unreachable unreachable_or_off rejected barred forward_failed congestion blocked "
    "powered_off suspended invalid_number number_changed voicemail assistant screening reminder switchboard fax silent "
    "caller_fault unknown".split()
)
"""What became of a call technically; the ids of the group `announcement`."""


def announced(disposition: str) -> str:
    """The id under which rules hear an announcement: 用户正忙 is not the caller's 我在忙, though both are `busy`."""
    return f"announced:{disposition}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that mean an intent."""

    text: str
    """As the author wrote it."""
    pattern: bool = False
    """A pattern (`engine.understanding.pattern`) instead of the very words."""
    weak: bool = False
    """Said to go along rather than to ask."""
    whole: bool = False
    """Only when it is all that a clause says, particles aside. Always so for a single character."""
    asked: bool = False
    """Only where its clause asks, worries or wants to know: 合同 in 有没有合同 and 合同呢, not in 合同签过了."""
    fallback: bool = False
    """Only where its clause asks nothing more particular: 怎么弄 by itself, not in 合同怎么弄."""
    unless: tuple[str, ...] = ()
    """Longer words of which this is only a part by accident: 别打 in 别打字."""
    roles: frozenset[str] = frozenset()
    """Only in stages of these roles, when given."""
    except_roles: frozenset[str] = frozenset()
    """Not in stages of these roles."""
    priority: int | None = None
    """In place of the intent's."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a caller may mean."""

    id: str
    group: Group
    title: str = ""
    priority: int = 50
    """Among several intents of one utterance the larger is the stronger."""
    phrases: tuple[Phrase, ...] = ()
    vetoes: tuple[str, ...] = ()
    """When one of these is said too, the intent is not meant."""
    denied: str = ""
    """The intent meant when this one is denied (不加微信); empty when that means nothing."""
    keeps: frozenset[str] = frozenset()
    """Intents that still count when their phrases stand inside one of this intent's: 说了多少次不需要 refuses too."""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """One grammar file."""

    name: str
    title: str = ""
    idioms: tuple[Phrase, ...] = ()
    """Heard as themselves: they swallow the phrases inside them and mean nothing."""
    intents: tuple[Intent, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    """Named parts of patterns, each name with its pattern, in the order of the file."""


@dataclass(frozen=True)  # no slots: made at once by `engine.understanding.lexicon`
class Hit:
    """One intent found in an utterance."""

    id: str
    phrase: str
    """The phrase or pattern of the grammar that hit."""
    span: tuple[int, int]
    """Start and end in characters of the text as given."""
    score: float = 1.0
    """0..1."""
    how: How = "exact"
    negated: bool = False
    """Heard, but denied by its surroundings: an explanation, never acted on."""
    weak: bool = False
    """Said to go along rather than to ask (行吧, 你发吧)."""
    reading: str = ""
    """The other reading of the recogniser that has it, and in which its span lies; empty for the best one."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something the caller told that can fill a slot."""

    type: Literal["time", "number", "name", "quantity"]
    value: str
    """time: RFC 3339 time, `YYYY-MM-DD`, `FROM/TO` interval, or empty for a vague one; number: digits; quantity: an
    integer or `FROM-TO`; name: the name."""
    said: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Understanding:
    """All that an utterance means."""

    text: str
    hits: tuple[Hit, ...] = ()
    """Strongest first; those with `negated` last."""
    told: tuple[Told, ...] = ()
    disposition: str = ""
    """The disposition when the text is an announcement or a machine's."""


class Matcher(Protocol):
    """What tells the meaning of words: a lexicon, or one that remembers what it was asked."""

    def understand(self, text: str, *, now: str = "", role: str = "", words: Iterable[str] = ()) -> Understanding: ...
