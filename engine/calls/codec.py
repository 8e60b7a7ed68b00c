"""The JSON form of frozen dataclasses, derived from their fields: there is no second list of fields to forget one in.

A field that has its default is left out. When reading, an unknown field is passed over, so that an older program
understands a newer one; a missing or mistyped field is a MisfitError that says where it stands.

For each class both directions are worked out once, from its type hints. Text goes through a function on its way out,
which is how a log is masked; fields that hold names and times rather than words are exempt. Reading is for telling what
is wrong, not for speed: whoever reads much decodes by msgspec first, and here what that refuses.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from operator import attrgetter
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Clean = Callable[[str], str]
"""What is done to every text that is written."""
Pack = Callable[[Any, Clean], object]
"""A value to what `json` writes."""
Unpack = Callable[[object], Any]
"""What `json` has read to a value; raises MisfitError."""
Plain = Mapping[type, frozenset[str]]
"""For each class its text fields that are written as they are."""


class MisfitError(ValueError):
    """A piece of JSON that is not what the class wants: `what` is wrong, and `where` in it."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where} {what}" if where else what)
        self.what = what
        self.where = where

    def inside(self, outer: str) -> MisfitError:
        """The same, told from one level further out."""
        return MisfitError(self.what, f"{outer}.{self.where}" if self.where else outer)


@dataclass(frozen=True, slots=True)
class Form:
    """How values of one type are written and read."""

    pack: Pack | None
    """None where the value is already what `json` writes."""
    unpack: Unpack


@dataclass(frozen=True, slots=True)
class ClassForm:
    """The same for a dataclass, which is an object in JSON."""

    pack: Callable[[Any, Clean], dict[str, object]]
    unpack: Unpack


class Codec:
    """The forms of all classes that one kind of file holds."""

    def __init__(self, plain: Plain, tag: str = "") -> None:
        """With `tag`, objects tell under this name of which class they are."""
        self._plain = plain
        self._tag = tag
        self._forms: dict[type, ClassForm] = {}

    def form(self, cls: type) -> ClassForm:
        """The form of a dataclass; worked out when first asked for."""
        if cls not in self._forms:
            hints, plain = get_type_hints(cls), self._plain.get(cls, ())
            columns = {each.name: self._of(hints[each.name], each.name in plain) for each in fields(cls)}
            self._forms[cls] = ClassForm(_packer(cls, columns), _unpacker(cls, columns))
        return self._forms[cls]

    def tagged(self, classes: Mapping[str, type]) -> Unpack:
        """Reads an object of one of these classes, by its tag."""
        tag = self._tag

        def unpack(value: object) -> object:
            found = as_object(value)
            if tag not in found:
                raise MisfitError("is missing", tag)
            name = found[tag]
            if not isinstance(name, str) or name not in classes:
                raise MisfitError(f"is unknown: {name!r}", tag)
            return self.form(classes[name]).unpack(found)

        return unpack

    def _of(self, hint: Any, plain: bool) -> Form:
        """The form of a type hint."""
        if hint is str:
            return Form(None if plain else _clean, ATOMS[str])
        if hint in ATOMS:
            return Form(None, ATOMS[hint])
        origin = get_origin(hint)
        if origin is None:
            whole = self.form(hint)
            return Form(whole.pack, whole.unpack)
        if origin is Literal:
            return Form(None, _one_of(get_args(hint)))
        inner = [arg for arg in get_args(hint) if arg not in (type(None), Ellipsis)]
        return _WRAPPERS[origin](self._of(inner[-1], plain), hint)


def _packer(cls: type, columns: Mapping[str, Form]) -> Callable[[Any, Clean], dict[str, object]]:
    cells = [(each.name, each.default, columns[each.name].pack) for each in fields(cls)]
    names = [name for name, _, _ in cells]
    values = attrgetter(*names, names[0])  # the first one twice, since attrgetter gives a tuple only for two or more

    def pack(thing: object, clean: Clean) -> dict[str, object]:
        return {
            name: found if make is None else make(found, clean)
            for (name, default, make), found in zip(cells, values(thing), strict=False)
            if found != default
        }

    return pack


def _unpacker(cls: type, columns: Mapping[str, Form]) -> Unpack:
    required = {each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING}

    def unpack(value: object) -> object:
        found = as_object(value)
        read = {name: at(name, columns[name].unpack, each) for name, each in found.items() if name in columns}
        if missing := required - read.keys():
            raise MisfitError("is missing", min(missing))
        return cls(**read)

    return unpack


def at(place: object, unpack: Unpack, value: object) -> Any:
    """Unpack a part; what is wrong with it is told with its place, a name or a number from 0."""
    try:
        return unpack(value)
    except MisfitError as misfit:
        raise misfit.inside(str(place)) from None


# --- atoms -----------------------------------------------------------------------------------------------------------


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def as_object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MisfitError(f"must be an object, not {kind(value)}")
    return value


def as_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise MisfitError(f"must be a list, not {kind(value)}")
    return value


def _atom(wanted: type, name: str) -> Unpack:
    def unpack(value: object) -> object:
        if type(value) is not wanted:  # exactly: to Python `true` is a number
            raise MisfitError(f"must be {name}, not {kind(value)}")
        return value

    return unpack


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise MisfitError(f"must be a number, not {kind(value)}")
    return float(value)  # type: ignore[arg-type]  # the line above has excluded the rest


def _clean(value: str, clean: Clean) -> str:
    return clean(value)


ATOMS: Mapping[object, Unpack] = {
    bool: _atom(bool, "true or false"),
    int: _atom(int, "a whole number"),
    float: _number,
    str: _atom(str, "text"),
}


def _one_of(allowed: tuple[str, ...]) -> Unpack:
    known = frozenset(allowed)

    def unpack(value: object) -> object:
        if not isinstance(value, str) or value not in known:
            raise MisfitError(f"must be one of {', '.join(allowed)}")
        return value

    return unpack


# --- what wraps another type -----------------------------------------------------------------------------------------


def _optional(inner: Form, _: object) -> Form:
    make, unpack = inner.pack, inner.unpack
    pack: Pack | None = None if make is None else lambda value, clean: None if value is None else make(value, clean)
    return Form(pack, lambda value: None if value is None else unpack(value))


def _tuple(inner: Form, hint: object) -> Form:
    """`tuple[X, ...]`, or a tuple of some length with one type throughout."""
    make, unpack, args = inner.pack, inner.unpack, get_args(hint)
    length = None if Ellipsis in args else len(args)

    def unpack_all(value: object) -> object:
        found = as_list(value)
        if length is not None and len(found) != length:
            raise MisfitError(f"must have {length} items, not {len(found)}")
        return tuple([at(place, unpack, each) for place, each in enumerate(found)])

    return Form(None if make is None else lambda value, clean: [make(each, clean) for each in value], unpack_all)


def _mapping(inner: Form, _: object) -> Form:
    make, unpack = inner.pack, inner.unpack
    return Form(
        lambda value, clean: {key: each if make is None else make(each, clean) for key, each in value.items()},
        lambda value: {key: at(key, unpack, each) for key, each in as_object(value).items()},
    )


_WRAPPERS: Mapping[object, Callable[[Form, object], Form]] = {
    Union: _optional,
    types.UnionType: _optional,
    tuple: _tuple,
    Mapping: _mapping,
}


# --- lines -----------------------------------------------------------------------------------------------------------

_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What stands in JSON as it is, and what some readers of lines take for the end of one."""


def on_one_line(text: str) -> str:
    """The same JSON, a single line to every reader."""
    for char, escaped in _BREAKS.items():
        if char in text:
            text = text.replace(char, escaped)
    return text
