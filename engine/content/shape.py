"""The shapes of YAML files. A shape is declared once, as data, and then does three things.

`read` turns located nodes into plain values and collects every mistake on the way; `schema` says the same to an
editor as a JSON Schema; and the declaration itself, with its names, fields and docs, is what the documentation lists.

    STAGE = Record("stage", {"say": Field(OneOrMany(Words()), "What the bot says.", required=True)}, "A stage.")
    problems: list[Problem] = []
    stage = read(STAGE, node, problems)     # Fields({"say": [Text("您好")]})

What could not be read is None or left out, and a problem says why: a reader of the values never meets a wrong type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.content.located import (
    NOWHERE,
    Defs,
    Fields,
    Json,
    Problems,
    Shape,
    Text,
    described,
    missing_value,
    nearest,
    or_list,
    plural,
    suggest,
    unexpected,
    with_article,
)
from engine.content.scalar import Duration, Flag, Id, OneOf, Whole, Words
from engine.content.source import Mark, Node, Problem, braced

__all__ = [
    "NOWHERE",
    "Defs",
    "Duration",
    "Either",
    "Field",
    "Fields",
    "Flag",
    "Id",
    "Json",
    "Lazy",
    "ListOf",
    "MapOf",
    "OneOf",
    "OneOrMany",
    "Problems",
    "Record",
    "Shape",
    "Text",
    "Whole",
    "Words",
    "read",
    "records",
    "schema",
    "suggest",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a record."""

    shape: Shape
    doc: str
    required: bool = False


def read(shape: Shape, node: Node, problems: Problems) -> object | None:
    """The value of a node, as far as it could be read; all that is wrong is added to `problems`. Never raises."""
    return shape.read(node, problems, node.mark)


def schema(shape: Shape, title: str = "") -> Json:
    """JSON Schema (draft 2020-12) of a file of this shape, each named record once under `$defs`."""
    defs = Defs()
    root = shape.schema(defs)
    heading: Json = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return heading | ({"title": title} if title else {}) | root | {"$defs": defs.schemas}


def records(shape: Shape) -> list[Record]:
    """All records within a shape in the order of their declaration: the chapters of its documentation."""
    defs = Defs()
    shape.schema(defs)
    return [record for record in defs.records.values() if isinstance(record, Record)]


# --- lists, maps and choices ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape."""

    item: Shape

    @property
    def expects(self) -> str:
        return f"a list of {self.item.several}"

    @property
    def several(self) -> str:
        return f"lists of {self.item.several}"

    def read(self, node: Node, problems: Problems, at: Mark) -> list[object] | None:
        if node.kind != "list":
            hint = _list_hint(node)
            problems.append(missing_value(at) if node.null else unexpected(self, node, hint))
            return self._lone(node, problems)
        values = (self.item.read(item, problems, item.mark) for item in node.items)
        return [value for value in values if value is not None]

    def _lone(self, node: Node, problems: Problems) -> list[object] | None:
        """An item that plainly is one, only without its dash, is read, so that what it leads to is not missed too."""
        item = self.item
        if not isinstance(item, Record) or not any(key.text in item.fields for key, _ in node.entries):
            return None
        value = item.read(node, problems, node.mark)
        return None if value is None else [value]

    def schema(self, defs: Defs, /) -> Json:
        return {"type": "array", "items": self.item.schema(defs)}


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One value or a list of them, read as a list."""

    item: Shape

    @property
    def expects(self) -> str:
        return f"{self.item.expects} or a list of {self.item.several}"

    @property
    def several(self) -> str:
        return self.item.several

    def read(self, node: Node, problems: Problems, at: Mark) -> list[object] | None:
        if node.kind == "list":
            return ListOf(self.item).read(node, problems, at)
        found: Problems = []
        value = self.item.read(node, found, at)
        if node.kind == "map" and [problem.message for problem in found] == [unexpected(self.item, node).message]:
            found = [unexpected(self, node, found[0].hint)]
        problems.extend(found)
        return None if value is None else [value]

    def schema(self, defs: Defs, /) -> Json:
        item = self.item.schema(defs)
        return {"anyOf": [item, {"type": "array", "items": item}]}


@dataclass(frozen=True, slots=True)
class MapOf:
    """Values of one shape under names of the author's choice."""

    item: Shape
    key: Shape = field(default_factory=Words)

    @property
    def expects(self) -> str:
        return f"a map of {self.item.several}"

    @property
    def several(self) -> str:
        return f"maps of {self.item.several}"

    def read(self, node: Node, problems: Problems, at: Mark) -> Fields | None:
        if node.kind != "map":
            problems.append(missing_value(at) if node.null else _not_a_map(self, node))
            return None
        fields = Fields(node.mark)
        for key, content in node.entries:
            name = self.key.read(key, problems, key.mark)
            value = _value(self.item, key, content, problems)
            if name is not None and value is not None:
                fields.put(Text(key.text, key.mark), value)
            else:
                fields.whole = False
        return fields

    def schema(self, defs: Defs, /) -> Json:
        return {"type": "object", "additionalProperties": self.item.schema(defs)}


@dataclass(frozen=True, slots=True)
class Record:
    """A map with known keys."""

    name: str
    """What it is, such as `stage`; unique within a file's shape."""
    fields: Mapping[str, Field]
    doc: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Wrong words that authors try, to the key meant or to a sentence of advice."""

    @property
    def expects(self) -> str:
        return f"the keys of {with_article(self.name)}"

    @property
    def several(self) -> str:
        return plural(self.name)

    def read(self, node: Node, problems: Problems, at: Mark) -> Fields | None:
        if node.kind != "map" or (braced(node) and not any(key.text in self.fields for key, _ in node.entries)):
            problems.append(missing_value(at) if node.null else _not_a_map(self, node))
            return None
        fields = Fields(node.mark)
        given = {key.text for key, _ in node.entries}
        attempted = set(given)
        for key, content in self._entries(node, problems):
            name = key.text if key.text in self.fields else self._unknown(key, given, problems)
            if name:
                attempted.add(name)
                value = _value(self.fields[name].shape, key, content, problems)
                if value is not None:
                    fields.put(Text(name, key.mark), value)
        for name, wanted in self.fields.items():
            if wanted.required and name not in attempted:
                problems.append(Problem(at, f"missing key '{name}' in {self.name}", wanted.doc))
        return fields

    def _entries(self, node: Node, problems: Problems) -> Iterator[tuple[Node, Node]]:
        """Keys and values, also where `{say：好，go：bye}` is one text to YAML: a problem, and read as it was meant."""
        for written, value in node.entries:
            key, content = self._keyed(written, value, problems)
            first, *more = self._parted(content) if node.flow else (content.text,)
            if more:
                hint = f"write ', {more[0]}: ' with ',', ':' and a space"
                problems.append(Problem(content.mark, f"'，' is a full-width comma in '{content.text}'", hint))
            yield key, replace(content, text=first.strip()) if more else content
            for name, words in zip(more[::2], more[1::2], strict=True):
                yield replace(content, text=name), replace(content, text=words.strip())

    def _keyed(self, key: Node, content: Node, problems: Problems) -> tuple[Node, Node]:
        """`say：好` as the key and the value that it was meant to be."""
        name, colon, words = (part.strip() for part in key.text.partition("："))
        if not colon or name not in self.fields:
            return key, content
        problems.append(Problem(key.mark, "'：' is a full-width colon", f"write '{name}: ' with ':' and a space"))
        if not content.null:  # `say：好，go: bye`: what stands before the comma is surely of this key
            words = words.partition("，")[0].strip()
        return replace(key, text=name), replace(key, text=words, null=not words)

    def _parted(self, content: Node) -> list[str]:
        """A text, and the keys and texts that follow in it behind full-width commas."""
        if content.kind != "scalar" or content.quoted or "，" not in content.text:
            return [content.text]
        return re.split(rf"，\s*({'|'.join(map(re.escape, self.fields))})\s*：", content.text)

    def _unknown(self, key: Node, given: set[str], problems: Problems) -> str:
        """Report an unknown key; return the key it is read as instead, if one is plainly meant and not given."""
        near = nearest(key.text, [*self.aliases, *self.fields])
        advice = self.aliases.get(near, near)
        meant = advice if advice in self.fields else ""
        hint = f"did you mean '{meant}'?" if meant else advice or f"known keys: {', '.join(self.fields)}"
        problems.append(Problem(key.mark, f"unknown key '{key.text}' in {self.name}", hint))
        return meant if meant not in given else ""

    def schema(self, defs: Defs, /) -> Json:
        name = self.name.replace(" ", "_")
        if name not in defs.records:
            defs.records[name] = self
            defs.schemas[name] = body = described({"type": "object", "additionalProperties": False}, self.doc)
            body["properties"] = {
                key: described(wanted.shape.schema(defs), wanted.doc) for key, wanted in self.fields.items()
            }
            body["required"] = [key for key, wanted in self.fields.items() if wanted.required]
        elif defs.records[name] is not self:
            raise ValueError(f"two records are named {self.name!r}")
        return {"$ref": f"#/$defs/{name}"}


@dataclass(frozen=True, slots=True)
class Either:
    """One shape for a scalar, another for a list, another for a map."""

    scalar: Shape | None = None
    list: Shape | None = None
    map: Shape | None = None

    @property
    def _shapes(self) -> tuple[Shape, ...]:
        return tuple(shape for shape in (self.scalar, self.list, self.map) if shape is not None)

    @property
    def expects(self) -> str:
        return or_list([shape.expects for shape in self._shapes])

    @property
    def several(self) -> str:
        return or_list([shape.several for shape in self._shapes])

    def read(self, node: Node, problems: Problems, at: Mark) -> object | None:
        if node.null:
            problems.append(missing_value(at))
            return None
        by_kind = {"scalar": self.scalar, "list": self.list, "map": self.map}
        chosen = self.scalar if isinstance(self.scalar, Words) and braced(node) else by_kind[node.kind]
        if chosen is None:
            problems.append(unexpected(self, node))
            return None
        return chosen.read(node, problems, at)

    def schema(self, defs: Defs, /) -> Json:
        return {"anyOf": [shape.schema(defs) for shape in self._shapes]}


@dataclass(frozen=True, slots=True)
class Lazy:
    """A shape named before it is declared: `Lazy(lambda: CONDITION)`."""

    shape: Callable[[], Shape]

    @property
    def expects(self) -> str:
        return self.shape().expects

    @property
    def several(self) -> str:
        return self.shape().several

    def read(self, node: Node, problems: Problems, at: Mark) -> object | None:
        return self.shape().read(node, problems, at)

    def schema(self, defs: Defs, /) -> Json:
        return self.shape().schema(defs)


def _value(shape: Shape, key: Node, content: Node, problems: Problems) -> object | None:
    """The value of a key; one that was left out is told by the key's name."""
    if content.null:
        problems.append(Problem(key.mark, f"'{key.text}' has no value", f"expected {shape.expects}"))
        return None
    return shape.read(content, problems, key.mark)


def _list_hint(node: Node) -> str:
    """How a list is written, for something that is none."""
    if node.kind == "map" and any(key.text.startswith("-") for key, _ in node.entries):
        return "write a space after '-'"
    return "" if node.null else "begin each line of the list with '- '"


def _not_a_map(shape: Shape, node: Node) -> Problem:
    if prompt := braced(node):
        message = f"expected {shape.expects}, found '{prompt}'"
        return Problem(node.mark, message, f'if this is a text, quote it: "{prompt}"')
    found = re.match(r"([\w-]+)\s*(：|:)", node.text) if not node.quoted else None
    hint = f"write '{found[1]}: ' with ':' and a space" if found else ""
    return unexpected(shape, node, hint)
