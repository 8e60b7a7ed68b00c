"""Patterns of a grammar: a small, bounded part of regular expressions.

    (不|没)(太|怎么)?感兴趣      alternatives, optional parts
    发.{0,3}(短信|资料)          at most three characters of anything but a negation within the clause
    [你您]们?<ask>               a class; <ask> is a term of the grammar
    ^(行|好)那                   ^ and $: the start and end of a clause, particles aside

There is no unbounded repetition, and the ways in which a pattern can match are counted and limited, so that no
pattern can take exponential time. Every pattern names literals one of which must occur; it runs only where one does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from engine.understanding.normalise import letter, normalise

MAX_LENGTH = 60
MAX_WAYS = 20_000
MAX_REPEAT = 12
MAX_GROUP_REPEAT = 3
_MAX_LITERALS = 100
_MAX_HELD = 6
_PLAIN = re.compile(r"[^()|\[\]<>.^$*+?{}\\]+(?![?{])")
"""Characters that stand for themselves; one before a quantity is taken by itself."""
_QUANTITY = re.compile(r"\{(\d{1,2})(?:(,)(\d{1,2}))?\}")

PARTICLES = "啊呀吧呢嘛哈哦噢喔哇呐啦嘞哒咯呗哟诶嗯呃额的了滴捏喽哩咧噻撒嗦啵"
"""What may trail a clause without changing it; 吗 is none of them."""
FILLERS = "啊哦噢喔嗯哎唉诶欸呃额哈呵喂那"
"""What may open a clause without changing it."""


class PatternError(ValueError):
    """What is wrong with a pattern, and what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


Spell = Callable[[str], str]


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, and so can be looked up by in no time
class Piece:
    """A parsed pattern or a part of one."""

    source: Callable[[Spell], str]
    """The regular expression, its characters respelled (as sounds, for instance)."""
    strings: frozenset[str] | None
    """All strings it matches, when they are few."""
    needed: frozenset[str] | None
    """Strings one of which is in everything it matches."""
    shortest: int
    longest: int
    ways: int
    """An upper bound on the ways to match at one place, which bounds the backtracking."""
    firsts: frozenset[str] | None = None
    """The characters it can begin with, when they are known."""
    held: tuple[frozenset[str], ...] = ()
    """Sets of characters, one of each of which is in everything it matches; the rarest first."""


def parse(text: str, terms: Mapping[str, Piece] | None = None) -> Piece:
    """Raises PatternError."""
    known = terms or {}
    return _parsed(text, tuple((name, known[name]) for name in _NAMED.findall(text) if name in known))


_NAMED = re.compile("<([^>]*)>")


@lru_cache(8192)
def _parsed(text: str, terms: tuple[tuple[str, Piece], ...]) -> Piece:
    """Patterns are read once to check them and once to search for them."""
    reader = _Reader(text, dict(terms))
    piece = reader.choice()
    if reader.at < len(text):
        raise PatternError(f"{text[reader.at]!r} is unexpected", "a closing bracket without its opening one?")
    if piece.longest > MAX_LENGTH or piece.ways > MAX_WAYS:
        raise PatternError("the pattern has too many ways to match", "split it, or make .{0,9} shorter")
    return piece


def required(piece: Piece) -> frozenset[str]:
    """Literals, one of which every match contains. Raises PatternError where there is none."""
    if piece.shortest == 0 or not piece.needed:
        raise PatternError("the pattern has no fixed words", "write at least one word that must be said")
    return piece.needed


class _Reader:
    def __init__(self, text: str, terms: Mapping[str, Piece]) -> None:
        self.text = text
        self.terms = terms
        self.at = 0

    def choice(self) -> Piece:
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else _either(options)

    def _sequence(self) -> Piece:
        pieces: list[Piece] = []
        while self._peek() not in ("", "|", ")"):
            plain = _PLAIN.match(self.text, self.at)
            if plain:
                self.at = plain.end()
                pieces.append(_literal(plain[0]))
            else:
                pieces.append(self._quantified(self._atom()))
        return pieces[0] if len(pieces) == 1 else _joined(pieces)

    def _atom(self) -> Piece:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            inner = self.choice()
            if self._peek() != ")":
                raise PatternError("a bracket ( is not closed")
            self.at += 1
            return inner
        if char == "[":
            return self._class()
        if char == "<":
            return self._term()
        if char == ".":
            return _single(_anything, None)
        if char in _EDGES:
            return _edge(_EDGES[char])
        if char in "*+?{}])>\\":
            raise PatternError(f"{char!r} is not allowed here", "patterns know ( | ) [ ] . ? {0,3} ^ $ and <term>")
        plain = letter(char)
        return _single(lambda spell: re.escape(spell(plain)), frozenset({plain}))

    def _class(self) -> Piece:
        end = self.text.find("]", self.at)
        members = [letter(char) for char in self.text[self.at : end]] if end > 0 else []
        if not members or "^" in self.text[self.at : end] or "-" in self.text[self.at : end]:
            raise PatternError("a class [ ] lists its characters one by one", "such as [你您]")
        self.at = end + 1
        source = lambda spell: "[" + "".join(re.escape(spell(char)) for char in members) + "]"  # noqa: E731
        return _single(source, frozenset(members))

    def _term(self) -> Piece:
        name, closed, _ = self.text[self.at :].partition(">")
        if not closed or name not in self.terms:
            raise PatternError(f"unknown term <{name}>", "terms stand above the intents: terms: {neg: 不|没}")
        self.at += len(name) + 1
        return self.terms[name]

    def _quantified(self, piece: Piece) -> Piece:
        if self._peek() == "?":
            self.at += 1
            return _repeated(piece, 0, 1)
        found = _QUANTITY.match(self.text, self.at)
        if not found:
            return piece
        self.at = found.end()
        least = int(found[1])
        most = int(found[3]) if found[2] else least
        single = piece.longest <= 1
        if least > most or most > (MAX_REPEAT if single else MAX_GROUP_REPEAT) or not piece.shortest:
            raise PatternError(
                f"{found[0]} repeats too much: a character up to {MAX_REPEAT} times, a group up to {MAX_GROUP_REPEAT}",
                "write .{0,5} for a few characters of anything",
            )
        return _repeated(piece, least, most)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]


NEGATORS = "不没别甭莫唔冇勿无未弗覅非"
"""Characters that turn a meaning round. A gap in a pattern never skips one."""


def _anything(spell: Spell) -> str:
    """In sounds 不 is 步 and 部 too, so there a gap may skip it: sounds only tell where to look."""
    return f"[^,{NEGATORS}]" if spell(NEGATORS) == NEGATORS else "[^,]"


_EMPTY = frozenset({""})
OPENING = f"(?<![^,])[{FILLERS}]{{0,3}}"
_EDGES = {
    "^": OPENING,
    "$": f"(?=[{PARTICLES}]{{0,3}}(?![^,]))",
}


def _edge(source: str) -> Piece:
    def spelled(spell: Spell) -> str:
        return re.sub("[\u4e00-\u9fff]", lambda char: spell(char[0]), source)

    return Piece(spelled, frozenset({""}), None, 0, 0, 1)


@lru_cache(maxsize=8192)
def _literal(written: str) -> Piece:
    text = normalise(written).text
    one = frozenset({text})
    size = len(text)
    held = _rarest(map(frozenset, text))
    return Piece(lambda spell: re.escape(spell(text)), one, one, size, size, 1, frozenset({text[:1]}), held)


def _single(source: Callable[[Spell], str], strings: frozenset[str] | None) -> Piece:
    return Piece(source, strings, strings, 1, 1, 1, strings, (strings,) if strings else ())


def _either(options: list[Piece]) -> Piece:
    def source(spell: Spell) -> str:
        return "(?:" + "|".join(option.source(spell) for option in options) + ")"

    return Piece(
        source,
        _union([option.strings for option in options]),
        _union([option.needed for option in options]),
        min(option.shortest for option in options),
        max(option.longest for option in options),
        _rivals(options),
        _union([option.firsts for option in options]),
        _held_by_any(options),
    )


def _held_by_any(options: list[Piece]) -> tuple[frozenset[str], ...]:
    """One set of each option together make one of the alternative: the rarest ones, then the next ones."""
    if not all(option.held for option in options):
        return ()
    most = max(len(option.held) for option in options)
    sets = ([option.held[min(place, len(option.held) - 1)] for option in options] for place in range(most))
    return _rarest(frozenset[str]().union(*each) for each in sets)


def _rarest(sets: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    return tuple(sorted(dict.fromkeys(sets), key=_rate_of_any)[:_MAX_HELD])


def _rivals(options: list[Piece]) -> int:
    """Ways of an alternative: only options that begin alike can both match at one place."""
    open_ways = sum(option.ways for option in options if option.firsts is None)
    starts: dict[str, int] = {}
    for option in options:
        for first in option.firsts or ():
            starts[first] = starts.get(first, 0) + option.ways
    return open_ways + max(starts.values(), default=0)


def _union(sets: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [strings for strings in sets if strings is not None]
    union = frozenset[str]().union(*known)
    return union if len(known) == len(sets) and len(union) <= _MAX_LITERALS else None


def _repeated(piece: Piece, least: int, most: int) -> Piece:
    def source(spell: Spell) -> str:
        inner = f"(?:{piece.source(spell)})"
        return inner + ("?" if (least, most) == (0, 1) else f"{{{least},{most}}}")

    strings = piece.strings | {""} if piece.strings is not None and (least, most) == (0, 1) else None
    ways = sum(piece.ways**count for count in range(least, most + 1)) if piece.longest > 1 else most - least + 1
    shortest, longest = piece.shortest * least, piece.longest * most
    if not least:
        return Piece(source, strings, None, shortest, longest, ways)
    return Piece(source, strings, piece.needed, shortest, longest, ways, piece.firsts, piece.held)


def _joined(pieces: list[Piece]) -> Piece:
    def source(spell: Spell) -> str:
        return "".join(piece.source(spell) for piece in pieces)

    strings: frozenset[str] | None = _EMPTY
    run = _EMPTY
    candidates: list[frozenset[str]] = []
    ways = 1
    for piece in pieces:
        ways *= piece.ways
        longer = _pairs(run, piece.strings)
        strings = longer if strings is run else None
        if piece.needed:
            candidates.append(piece.needed)
        run = longer if longer is not None else piece.strings or _EMPTY
        candidates.append(run)
        if strings is not None:
            strings = run
    shortest, longest = sum(piece.shortest for piece in pieces), sum(piece.longest for piece in pieces)
    firsts = pieces[0].firsts if pieces else None
    held = _rarest(chars for piece in pieces for chars in piece.held)
    return Piece(source, strings, _best(candidates), shortest, longest, ways, firsts, held)


def _pairs(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    if left is None or right is None or len(left) * len(right) > _MAX_LITERALS:
        return None
    if left is _EMPTY:
        return right
    return frozenset(a + b for a, b in product(left, right))


_COMMON = frozenset("的了我你是不有要在这个就们都说好他来上一人什么吗没去那到可以会怎能给用打得电话想")


def _best(candidates: list[frozenset[str]]) -> frozenset[str] | None:
    """The literals that turn up in the fewest texts: a pattern runs where one of them does."""
    useful = [strings for strings in candidates if strings and "" not in strings]
    return min(useful, key=lambda strings: sum(map(_rate, strings)), default=None)


def _rate(text: str) -> float:
    """How often a text turns up, roughly: each further character makes it twenty times rarer."""
    return (10.0 if text[0] in _COMMON else 1.0) * _RARER[len(text)]


_RARER = [0.05 ** (size - 1) for size in range(MAX_LENGTH + 1)]


def _rate_of_any(chars: frozenset[str]) -> int:
    """The same of characters, taken together."""
    return len(chars) + 9 * len(chars & _COMMON)
