"""What all shapes share: the located values that they read, what a shape can do, and how its problems are worded.

`engine.content.shape` declares the shapes themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, Self

from rapidfuzz import fuzz, process

from engine.content.source import Mark, Node, Problem

NOWHERE = Mark("", 0, 0)
"""The mark of a value that no file holds."""

Json = dict[str, object]
Problems = list[Problem]


class Text(str):
    """A text that knows where it was written."""

    __slots__ = ("mark",)
    mark: Mark

    def __new__(cls, text: str, mark: Mark = NOWHERE) -> Self:
        made = super().__new__(cls, text)
        made.mark = mark
        return made


class Fields(dict[str, object]):
    """The values of a map by key, in the author's order; the keys are `Text`."""

    def __init__(self, mark: Mark = NOWHERE) -> None:
        super().__init__()
        self.mark = mark
        self.key_marks: dict[str, Mark] = {}
        self.whole = True
        """False when a value could not be read, so that its name is missing here."""

    def put(self, key: Text, value: object) -> None:
        """Add a value; of a key given twice the first counts."""
        if key not in self:
            self[key] = value
            self.key_marks[key] = key.mark


class Shape(Protocol):
    """What a value may be."""

    @property
    def expects(self) -> str:
        """For a message, such as `a whole number`."""

    @property
    def several(self) -> str:
        """The plural of `expects`, such as `whole numbers`."""

    def read(self, node: Node, problems: Problems, at: Mark) -> object | None:
        """The value or None; `at` is where the value is named: its key, or itself."""

    def schema(self, defs: Defs, /) -> Json:
        """The JSON Schema; the records within are added to `defs`."""


@dataclass(slots=True)
class Defs:
    """The named records met while a schema is written."""

    records: dict[str, Shape] = field(default_factory=dict)
    schemas: Json = field(default_factory=dict)


# --- messages -----------------------------------------------------------------------------------------------------


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` for a slip of the pen, or nothing when no known word is near."""
    best = nearest(word, known)
    return f"did you mean '{best}'?" if best else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that a slip of the pen most likely meant, or nothing."""
    best = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=NEAR)
    return best[0] if best else ""


NEAR = 66
"""Of 100; `promt` and `prompt` are 91, `goto` and `go` 67, `text` and `say` 0."""


def missing_value(at: Mark) -> Problem:
    return Problem(at, "a value is missing here", "write one or take the line out")


def unexpected(shape: Shape, node: Node, hint: str = "") -> Problem:
    return Problem(node.mark, f"expected {shape.expects}, found {found_in(node)}", hint)


def found_in(node: Node) -> str:
    if node.kind != "scalar":
        return f"a {node.kind}"
    return f"'{node.text}'" if len(node.text) <= 40 else f"'{node.text[:39]}…'"


def described(schema: Json, doc: str) -> Json:
    return schema | {"description": doc} if doc else schema


def or_list(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def with_article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeio" else f"a {noun}"


def plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("ch", "sh", "x")):
        return noun + "es"
    return noun if noun.endswith("s") else noun + "s"
