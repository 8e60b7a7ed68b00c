"""The reference of data rather than of shapes: the log of a call, and simulated calls.

Fields and their types come from the dataclasses themselves, the words about them from the texts that stand below
each field in the source.
"""

from __future__ import annotations

import ast
import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from itertools import pairwise
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from engine.calls.actions import Matched, Order, Part, Play, Remark, Took
from engine.calls.events import Alternative, Event, Heard
from engine.calls.log import ACTIONS, EVENTS, Entry, Header, entry_line, header_line
from engine.trial.caller import STEPS, Answer, Call, Failure
from engine.understanding.grammar import Hit
from server.reference_text import CALLS, LOG, NOTES, ORDERS, RESULTS, table, title
from server.reference_text import EVENTS as EVENT_TEXT

NAMES: Mapping[type, str] = {cls: name for mapping in (EVENTS, ACTIONS) for name, cls in mapping.items()} | {
    Header: "header", Alternative: "alternative", Part: "part", Hit: "hit",
}  # fmt: skip
"""Class → what the pages call it."""


def log_page() -> str:
    orders, notes = get_args(Order), get_args(Remark)
    return "\n".join([
        title("Call logs"), LOG, _example(),
        _section(Header),
        EVENT_TEXT, *(_section(cls, level=3) for cls in EVENTS.values()),
        ORDERS, *(_section(cls, level=3) for cls in orders),
        NOTES, *(_section(cls, level=3) for cls in notes),
        "## Parts of these\n", *(_section(cls, level=3) for cls in (Alternative, Part, Hit)),
    ])  # fmt: skip


def calls_page() -> str:
    steps = [_step(name, cls) for name, cls in STEPS.items()]
    results = table(("key", "holds"), ((f"`{key}`", text) for key, text in RESULTS))
    return "\n".join([
        title("Simulated calls"), CALLS,
        "## A call\n", _table(Call),
        "## Steps\n\nA step is an object whose first key says what happens.\n", *steps,
        "## Parts of these\n", _section(Alternative, level=3),
        f"## Results\n\n{results}",
    ])  # fmt: skip


def _step(name: str, cls: type) -> str:
    """A step; where its value is an object, that object's fields too."""
    inner = get_type_hints(cls)[name]
    own = _section(cls, level=3, name=name)
    return f"{own}\n{_table(inner)}" if inner in (Answer, Failure) else own


def _example() -> str:
    """A header and a step, written by the very functions that write logs."""
    header = Header("x1", "phone-robot", "9f86d081" + 56 * "0", "0.1.0", "2026-11-23T10:00:00+08:00", {"name": "王"})
    matched = Matched("多少钱", (Hit("ask_price", "多少钱", (0, 3)),))
    answer = Play(7, (Part("按坐席按月收费。"),))
    step = Entry(12, Heard(16_200, "多少钱", 0.9), (matched, Took("answers.1", 148), answer))
    return f"```json\n{header_line(header)}{entry_line(step)}```\n"


# --- dataclasses -----------------------------------------------------------------------------------------------------


def _section(cls: type, *, level: int = 2, name: str = "") -> str:
    """A class: its name in the file, its docstring, its fields."""
    parts = [f"{'#' * level} {name or NAMES[cls]}\n", _docs(cls).get("", ""), _table(cls)]
    return "\n".join(f"{part.rstrip()}\n" for part in parts if part)


def _table(cls: type) -> str:
    docs, hints = _docs(cls), get_type_hints(cls)
    rows = [
        (f"`{field.name}`", _holds(hints[field.name]), " ".join(docs.get(field.name, "").split()))
        for field in fields(cls)
        if not (issubclass(cls, Event) and field.name == "at_ms")
    ]
    return table(("field", "holds", "meaning"), rows) if rows else ""


def _holds(hint: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " · ".join(f"`{value}`" for value in arguments if value != "")
    if origin in (Union, types.UnionType):
        some = dict.fromkeys(_holds(each) for each in arguments if each is not type(None))
        return " or ".join(some) + (", or null" if type(None) in arguments else "")
    if origin is tuple:
        listed = arguments[-1] is Ellipsis
        return f"list of {_holds(arguments[0])}" if listed else f"[{', '.join(_holds(each) for each in arguments)}]"
    if origin is not None and issubclass(origin, Mapping):
        return "map"
    if hint in NAMES:
        return f"[{NAMES[hint]}](#{NAMES[hint]})"
    return _PLAIN.get(hint, "[step](#steps)")


_PLAIN: Mapping[Any, str] = {
    str: "text", int: "whole number", float: "number", bool: "`true` or `false`",
    Failure: "an object with the fields below", Answer: "`true`, or an object with the field below",
}  # fmt: skip


@cache
def _docs(cls: type) -> dict[str, str]:
    """The texts about a class as a reader of the file needs them: its docstring under the empty name, and the text
    below each field.
    """
    tree = ast.parse(inspect.getsource(cls)).body[0]
    if not isinstance(tree, ast.ClassDef):
        return {}
    found = {"": _as_written(ast.get_docstring(tree) or "")}
    for before, after in pairwise(tree.body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            found[before.target.id] = _as_written(str(ast.literal_eval(after.value)))
    return found


def _as_written(text: str) -> str:
    """Names of classes and of nothing as they stand in the file: `HungUp` is `hung_up` there."""
    text = re.sub("`([A-Z][a-zA-Z]+)", lambda found: f"`{_BY_CLASS.get(found[1], found[1])}", text)
    return re.sub(r"\bNone\b", "null", text)


_BY_CLASS = {cls.__name__: name for cls, name in NAMES.items()}
