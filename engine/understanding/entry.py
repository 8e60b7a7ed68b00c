"""A phrase that is listened for, and a place in a text where one stands."""

from __future__ import annotations

from engine.understanding.grammar import How

NOTHING = frozenset[str]()


class Entry:
    """A phrase ready to be searched for, which nobody changes. No dataclass, as that takes four times as long to make:
    a start makes thousands and many an utterance some.
    """

    __slots__ = (
        "always", "announcement", "anyhow", "anywhere", "asked", "denied", "except_roles", "fallback", "intent",
        "keeps", "phrase", "plain", "priority", "roles", "unless", "vetoes", "weak", "whole", "word",
    )  # fmt: skip

    def __init__(
        self,
        intent: str,
        phrase: str,
        plain: str,
        priority: int = 0,
        *,
        weak: bool = False,
        whole: bool = False,
        asked: bool = False,
        fallback: bool = False,
        unless: tuple[str, ...] = (),
        roles: frozenset[str] = NOTHING,
        except_roles: frozenset[str] = NOTHING,
        word: bool = False,
        announcement: bool = False,
        denied: str = "",
        keeps: frozenset[str] = NOTHING,
        vetoes: tuple[str, ...] = (),
    ) -> None:
        self.anywhere = not (word or roles or except_roles)
        """In every stage. First what every search looks at, so that it lies together."""
        letters = plain[:1].isascii() or plain[-1:].isascii()
        self.anyhow = not (whole or asked or unless or letters)
        """Whatever stands around it."""
        self.always = self.anywhere and self.anyhow and not announcement
        """Both, and said by people."""
        self.intent = intent
        """Empty for an idiom."""
        self.phrase = phrase
        self.plain = plain
        """Normalised."""
        self.priority = priority
        self.weak = weak
        self.whole = whole
        self.asked = asked
        """Only where the clause asks about it."""
        self.fallback = fallback
        """Only where the clause asks nothing more particular."""
        self.unless = unless
        self.roles = roles
        self.except_roles = except_roles
        self.word = word
        """A stage's own; heard only while that stage lists it."""
        self.announcement = announcement
        self.denied = denied
        self.keeps = keeps
        self.vetoes = vetoes
        """Normalised; where one stands in the text too, this is not meant."""


class Found:
    """An entry at its place in the normalised text. Lives within one search, so it may change."""

    __slots__ = ("end", "entry", "how", "negated", "score", "start")

    def __init__(self, start: int, end: int, entry: Entry, how: How = "exact", score: float = 1.0) -> None:
        self.start = start
        self.end = end
        self.entry = entry
        self.how: How = how
        self.score = score
        self.negated = False
