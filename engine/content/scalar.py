"""The shapes of single values: texts, names, words out of a few, switches, numbers and durations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.content.located import (
    Defs,
    Json,
    Problems,
    Shape,
    Text,
    described,
    found_in,
    missing_value,
    or_list,
    plural,
    suggest,
    unexpected,
    with_article,
)
from engine.content.source import Mark, Node, Problem, braced

# --- texts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Any text of people, not empty."""

    doc: str = ""

    @property
    def expects(self) -> str:
        return "a text"

    @property
    def several(self) -> str:
        return "texts"

    def read(self, node: Node, problems: Problems, at: Mark) -> Text | None:
        if prompt := braced(node):
            message = "YAML reads an unquoted text that begins with {…} as a map"
            problems.append(Problem(node.mark, message, f'quote this prompt: "{prompt}"'))
            return Text(prompt, node.mark)
        text = scalar_of(self, node, problems, at)
        if text is not None and not text.strip():
            problems.append(Problem(node.mark, "this text is empty", "write the words or leave the key out"))
            return None
        return text

    def schema(self, _defs: Defs, /) -> Json:
        # An unquoted number or `yes` is a text here, although an editor takes it for something else.
        return described({"type": ["string", "number", "boolean"], "minLength": 1}, self.doc)


@dataclass(frozen=True, slots=True)
class Id:
    """A name without spaces, in letters of any script."""

    what: str
    """What it names, such as `stage`."""

    @property
    def expects(self) -> str:
        return f"the name of {with_article(self.what)}"

    @property
    def several(self) -> str:
        return f"names of {plural(self.what)}"

    def read(self, node: Node, problems: Problems, at: Mark) -> Text | None:
        text = scalar_of(self, node, problems, at)
        if text is not None and not re.fullmatch(_ID, text):
            hint = "a name has letters, digits, '_' and '-', and no spaces"
            problems.append(Problem(node.mark, f"expected {self.expects}, found {found_in(node)}", hint))
            return None
        return text

    def schema(self, _defs: Defs, /) -> Json:
        return {"type": ["string", "number", "boolean"], "pattern": r"^\S+$"}


_ID = r"[\w-]+"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words, or else another shape (`off`, `any` or a whole number)."""

    values: tuple[str, ...]
    other: Shape | None = None

    @property
    def expects(self) -> str:
        words = [f"'{value}'" for value in self.values]
        return or_list([*words, self.other.expects] if self.other else words)

    @property
    def several(self) -> str:
        return f"words out of {self.expects}"

    def read(self, node: Node, problems: Problems, at: Mark) -> object | None:
        if node.kind == "scalar" and node.text in self.values:
            return Text(node.text, node.mark)
        if self.other is not None:
            found: Problems = []
            value = self.other.read(node, found, at)
            if node.kind != "scalar" or not found:
                problems.extend(found)
                return value
        if scalar_of(self, node, problems, at) is not None:
            hint = suggest(node.text, self.values)
            problems.append(Problem(node.mark, f"expected {self.expects}, found {found_in(node)}", hint))
        return None

    def schema(self, defs: Defs, /) -> Json:
        # Unquoted, `off` and `1` reach some editors as false and as a number.
        switches = {_FLAGS[value] for value in self.values if value in _FLAGS}
        numbers = [int(value) for value in self.values if re.fullmatch("0|[1-9][0-9]*", value)]
        words: Json = {"enum": [*self.values, *sorted(switches), *numbers]}
        return {"anyOf": [words, self.other.schema(defs)]} if self.other else words


# --- numbers and switches ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    @property
    def expects(self) -> str:
        return "yes or no"

    @property
    def several(self) -> str:
        return "yes or no"

    def read(self, node: Node, problems: Problems, at: Mark) -> bool | None:
        text = scalar_of(self, node, problems, at)
        if text is None:
            return None
        if text.lower() not in _FLAGS:
            problems.append(unexpected(self, node))
        return _FLAGS.get(text.lower())

    def schema(self, _defs: Defs, /) -> Json:
        return {"enum": [True, False, "yes", "no", "on", "off"]}


_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    at_least: int | None = None
    at_most: int | None = None
    hint: str = ""
    """What else may be written, for whoever wrote something else."""

    @property
    def expects(self) -> str:
        return "a whole number" + _range(self.at_least, self.at_most)

    @property
    def several(self) -> str:
        return "whole numbers" + _range(self.at_least, self.at_most)

    def read(self, node: Node, problems: Problems, at: Mark) -> int | None:
        text = scalar_of(self, node, problems, at)
        if text is None:
            return None
        number = int(text) if re.fullmatch("[-+]?[0-9]{1,15}", text) else None
        if number is None or not _within(number, self.at_least, self.at_most):
            problems.append(unexpected(self, node, self.hint))
            return None
        return number

    def schema(self, _defs: Defs, /) -> Json:
        bounds = {"minimum": self.at_least, "maximum": self.at_most}
        return {"type": "integer"} | {name: bound for name, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time, read as whole milliseconds."""

    at_least_ms: int = 0
    at_most_ms: int = 24 * 3_600_000

    @property
    def expects(self) -> str:
        return f"a duration from {_spoken_ms(self.at_least_ms)} to {_spoken_ms(self.at_most_ms)}"

    @property
    def several(self) -> str:
        return "durations"

    def read(self, node: Node, problems: Problems, at: Mark) -> int | None:
        text = scalar_of(self, node, problems, at)
        if text is None:
            return None
        found = re.fullmatch(_DURATION, text.strip())
        duration_ms = round(float(found[1]) * _UNITS_MS[found[2] or "s"]) if found else -1
        if not found or not self.at_least_ms <= duration_ms <= self.at_most_ms:
            problems.append(unexpected(self, node, "write 3.5s, 500ms or 2min; a bare number counts seconds"))
            return None
        return duration_ms

    def schema(self, _defs: Defs, /) -> Json:
        seconds: Json = {"type": "number", "minimum": self.at_least_ms / 1000, "maximum": self.at_most_ms / 1000}
        return {"anyOf": [{"type": "string", "pattern": f"^{_DURATION}$"}, seconds]}


_DURATION = r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(ms|s|min|h)?"
_UNITS_MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}


# --- messages -----------------------------------------------------------------------------------------------------


def scalar_of(shape: Shape, node: Node, problems: Problems, at: Mark) -> Text | None:
    if node.kind == "scalar" and not node.null:
        return Text(node.text, node.mark)
    problems.append(missing_value(at) if node.null else unexpected(shape, node, _why_no_scalar(node)))
    return None


def _why_no_scalar(node: Node) -> str:
    """The likely reason that a text became a map: a colon in it."""
    if node.kind == "map" and not node.flow and len(node.entries) == 1 and node.entries[0][1].kind == "scalar":
        key, value = node.entries[0]
        return f'if this is one text, quote it: "{key.text}: {value.text}"'
    return ""


def _within(number: int, at_least: int | None, at_most: int | None) -> bool:
    return (at_least is None or number >= at_least) and (at_most is None or number <= at_most)


def _range(at_least: int | None, at_most: int | None) -> str:
    if at_least is None:
        return "" if at_most is None else f" up to {at_most}"
    return f", at least {at_least}" if at_most is None else f" from {at_least} to {at_most}"


def _spoken_ms(duration_ms: int) -> str:
    for unit in ("h", "min", "s"):
        if duration_ms and duration_ms % _UNITS_MS[unit] == 0:
            return f"{duration_ms // _UNITS_MS[unit]}{unit}"
    return f"{duration_ms}ms"
