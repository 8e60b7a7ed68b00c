"""The log of a call: a header line, then one JSON line for each step, event and actions together.

Everything that was decided can be decided again from it (`engine.trial.replay`), and people can read it. `type` is the
name of the class in snake case; the rest is the form of its fields (`engine.calls.codec`).

Whatever is written is masked (`engine.calls.mask`): every text field except those in `PLAIN`, so that a new field is
masked until somebody decides otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder

from engine.calls import actions, events
from engine.calls.actions import (
    Action,
    Appointment,
    Callback,
    DoNotCall,
    Entered,
    HangUp,
    Ignored,
    Keyed,
    Matched,
    Part,
    Took,
)
from engine.calls.codec import ATOMS, Clean, Codec, MisfitError, Unpack, as_list, as_object, at, on_one_line
from engine.calls.events import Event, Failed, Pressed
from engine.calls.mask import mask, mask_said
from engine.understanding.grammar import Hit

RECORDING = "recording"
"""The source of logs that were made of a recording."""
SIMULATED = "simulated"
"""That of calls which nobody made by telephone."""


@dataclass(frozen=True, slots=True)
class Header:
    """What was running when the call began: enough to run it again."""

    call_id: str
    script: str
    script_sha256: str
    engine_version: str
    started_at: str
    """RFC 3339 time at which the call was created; every `at_ms` counts from it."""
    vars: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    """Where the log comes from when nobody telephoned through this server: `simulated`, or `recording`."""


class Entry(NamedTuple):
    """One step."""

    seq: int
    event: Event
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    header: Header
    entries: tuple[Entry, ...]
    torn: str = ""
    """What is wrong with the end, when the writer was killed in the middle of a line; empty for a whole log."""


class LogError(ValueError):
    """A log that cannot be read. `line` counts from 1; `problem` says what is wrong there."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


PLAIN: Mapping[type, frozenset[str]] = {
    Header: frozenset({"call_id", "script", "script_sha256", "engine_version", "started_at", "source"}),
    Part: frozenset({"audio"}),
    HangUp: frozenset({"reason"}),
    DoNotCall: frozenset({"reason"}),
    Callback: frozenset({"at"}),
    Appointment: frozenset({"at"}),
    Matched: frozenset({"disposition"}),
    Hit: frozenset({"id"}),  # its phrase is the number itself where one was told
    Entered: frozenset({"stage", "role"}),
    Took: frozenset({"rule"}),
    Ignored: frozenset({"event", "why"}),
}
"""Text fields that are written as they are: names out of scripts, grammars and this program, and times."""


HIDDEN_KEY = "?"
"""Stands for a telephone key that is not for everyone to read."""


def _type_name(cls: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


EVENTS: Mapping[str, type[Event]] = {
    _type_name(cls): cls
    for cls in vars(events).values()
    if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event
}
"""Every event class by its `type`."""
ACTIONS: Mapping[str, type[Action]] = {_type_name(cls): cls for cls in get_args(actions.Action)}
"""Every action class by its `type`."""

NAMES: Mapping[object, str] = {cls: name for table in (EVENTS, ACTIONS) for name, cls in table.items()}
_CODEC = Codec(PLAIN, tag="type")


# --- writing ---------------------------------------------------------------------------------------------------------


def to_json(thing: Event | Action, *, masked: bool) -> dict[str, object]:
    """The JSON form of an event or an action: its `type`, then the fields that differ from their default."""
    return _pack(thing, mask_said if masked else _as_it_is)


def _as_it_is(text: str) -> str:
    return text


def _pack(thing: Event | Action, clean: Clean) -> dict[str, object]:
    cls = type(thing)
    pack = _CODEC.form(cls).pack
    return {"type": NAMES[cls], **pack(thing, clean)}


def header_line(header: Header) -> str:
    """The first line of a log, masked, with its line feed."""
    return _line(_CODEC.form(Header).pack(header, mask))


def entry_line(entry: Entry) -> str:
    """One step as a line of the log, masked, with its line feed."""
    done = [_pack(action, mask_said) for action in entry.actions]
    event = shown(entry)
    return _line(
        {"seq": entry.seq, "event": _pack(event, mask if isinstance(event, Failed) else mask_said), "actions": done}
    )


def shown(entry: Entry) -> Event:
    """The event as it may be read: a key is hidden that belongs to a number, from the fourth on, and one that nobody
    asked for.
    """
    event = entry.event
    if not isinstance(event, Pressed) or event.digit not in "0123456789":
        return event
    private = any(isinstance(each, Ignored) or (isinstance(each, Keyed) and each.place > 3) for each in entry.actions)
    return replace(event, digit=HIDDEN_KEY) if private else event


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_dump_ascii = json.JSONEncoder(separators=(",", ":")).encode


def _line(content: object) -> str:
    text = on_one_line(_dump(content))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair has no UTF-8 form; escaped it has
        text = _dump_ascii(content)
    return text + "\n"


# --- reading ---------------------------------------------------------------------------------------------------------

ALIKE = 4_096
"""Different lists of actions that are remembered, some hundred bytes each."""


def read(data: bytes) -> Log:
    """The log in these bytes.

    Raises LogError for a line that is not one of ours, for a missing header, and where a step is missing. A last
    line that was cut off is no error: what stands before it is returned, and `torn` says so.
    """
    data = _as_written(data)
    return _by_msgspec(data) or _by_lines(data)


def read_header(data: bytes) -> Header:
    """The header of the log in these bytes, without a look at the rest. Raises LogError as `read` does."""
    line, feed, _ = _as_written(data).partition(b"\n")
    return (_by_msgspec(line) or _by_lines(line + feed)).header


def _as_written(data: bytes) -> bytes:
    """Without what editors and shells add: a byte order mark in front, empty lines at the end."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data.rstrip(b"\r\n") + b"\n" if data.endswith((b"\n\n", b"\n\r\n")) else data


# --- a log in which nothing is wrong


class _Line(Struct, gc=False):
    """A step whose parts are still text."""

    seq: int
    event: Raw
    actions: Raw


class _Typed(Struct, gc=False):
    type: str


_header_of = Decoder(Header).decode
_line_of = Decoder(_Line).decode
_each_of = Decoder(list[Raw]).decode
_typed = Decoder(_Typed).decode
_event_of: Mapping[str, Callable[[Raw], Event]] = {name: Decoder(cls).decode for name, cls in EVENTS.items()}
_action_of: Mapping[str, Callable[[Raw], Action]] = {name: Decoder(cls).decode for name, cls in ACTIONS.items()}


def _by_msgspec(data: bytes) -> Log | None:
    """The log; None where anything is wrong, and where there is what Python alone takes for JSON, as half a surrogate
    pair.
    """
    try:
        data.decode()  # msgspec does not look at the bytes of what it passes over
        head, *rest = data.removesuffix(b"\n").split(b"\n")
        header, lines = _header_of(head), list(map(_line_of, rest))
        entries = [
            _new(Entry, (line.seq, _event_of[_typed(line.event).type](line.event), actions_in(bytes(line.actions))))
            for line in lines
        ]
    except (MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return None
    first = entries[0].seq if entries else 0
    in_order = [line.seq for line in lines] == list(range(first, first + len(lines)))
    return Log(header, tuple(entries)) if in_order else None


_new: Any = tuple.__new__
"""Makes the same as the class, in half the time."""


@lru_cache(ALIKE)
def actions_in(text: bytes) -> tuple[Action, ...]:
    """The actions in a list of them. They are the same again and again, a prompt or a timer in thousands of calls, and
    are read once.
    """
    return tuple([_action_of[_typed(each).type](each) for each in _each_of(text)])


# --- a log that is cut off, or has something wrong: line by line, to tell where


def _by_lines(data: bytes) -> Log:
    *lines, rest = data.split(b"\n")
    torn = ""
    if rest and _is_whole(rest):
        lines.append(rest)
    elif rest:
        torn = f"line {len(lines) + 1} is cut off after {len(rest)} bytes; the lines before it are whole"
    if not lines:
        raise LogError(1, "the header is cut off" if torn else "the log is empty")
    header: Header = _read_line(1, lines[0], _CODEC.form(Header).unpack)
    return Log(header, tuple(_read_entries(lines[1:])), torn)


def _is_whole(line: bytes) -> bool:
    """The beginning of a JSON object is never JSON itself, so whatever can be read was written to its end."""
    try:
        json.loads(line.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _read_entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    before: int | None = None
    for number, line in enumerate(lines, 2):
        entry: Entry = _read_line(number, line, _unpack_entry)
        if before is not None and entry.seq != before + 1:
            raise LogError(number, f"seq {entry.seq} follows seq {before}: a step is missing or stands twice")
        before = entry.seq
        yield entry


def _read_line(number: int, line: bytes, unpack: Unpack) -> Any:
    try:
        return unpack(json.loads(line.decode()))
    except MisfitError as misfit:
        raise LogError(number, str(misfit)) from None
    except UnicodeDecodeError as error:
        raise LogError(number, f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise LogError(number, f"not JSON at character {error.pos + 1}: {error.msg}") from None
    except ValueError:
        raise LogError(number, "not JSON: a number has too many digits") from None
    except RecursionError:
        raise LogError(number, "nested too deeply") from None


def _unpack_entry(value: object) -> Entry:
    found = as_object(value)
    for name in ("seq", "event", "actions"):
        if name not in found:
            raise MisfitError("is missing", name)
    return Entry(
        at("seq", ATOMS[int], found["seq"]),
        at("event", _unpack_event, found["event"]),
        at("actions", _unpack_actions, found["actions"]),
    )


_unpack_event = _CODEC.tagged(EVENTS)
_unpack_action = _CODEC.tagged(ACTIONS)


def _unpack_actions(value: object) -> tuple[Any, ...]:
    return tuple([at(place, _unpack_action, each) for place, each in enumerate(as_list(value))])
