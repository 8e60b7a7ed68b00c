"""What a call leaves for its owner alone, in files that nobody else can read: whose call it is, and what others are to
be told of it.

    lead.json      the number of the person, the variables, the script
    actions.jsonl  what is to be done for the caller, a line each, there before anything of its step is carried out; and
                   at the end what the call came to, again whenever that is revised

They are the truth of the outbox (`server.outbox`): what it has not heard of it finds here at the next start, under the
same `id`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from engine.calls.actions import FOLLOW_UPS, Filled
from engine.calls.log import Entry, Header, to_json
from engine.calls.mask import mask
from server.gateways.wire import Started
from server.logs import ACTIONS, LEAD

ENDED = "call_ended"
_NOT_OF_THE_LEAD = frozenset({"token", "script", "caller"})
"""Parameters that are for us."""
_LEFT_OUT = frozenset(
    "call_id script script_sha256 started_at turns fact_steps missed at"
    " delays barge_ins dropped_prompt_ms oddities prompts_failed socket".split()
)
"""Of the summary, what whoever is told that a call has ended knows from elsewhere or does not want."""

Line = dict[str, object]
"""Of actions.jsonl: `id`, `at_ms`, `type`, and what belongs to the type."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Whose call it is."""

    call: str
    """The folder of its record, as `2026-11-26/CA1`: the name of the call on this server."""
    call_id: str
    script: str
    started_at: str
    number: str = ""
    """Of the person called or calling, as the gateway told it."""
    vars: Mapping[str, str] = field(default_factory=dict)
    """What the call was given, whether its script knows it or not: the name of the lead in other systems, too."""


Tell = Callable[[Lead, Sequence[Line]], None]
"""Hand lines over to whoever tells others."""


def no_one(_lead: Lead, _lines: Sequence[Line]) -> None:
    """Nobody is there to tell others now; the file is read later."""


def person(started: Started) -> str:
    """The number of the person. Gateways that tell who calls whom tell our own number as the caller where we call."""
    told = started.params
    if told.get("caller"):
        return told["caller"]
    return told.get("to", "") if told.get("direction", "").startswith("outbound") else started.caller


def lead_of(folder: Path, header: Header, number: str, params: Mapping[str, str]) -> Lead:
    given = {name: value for name, value in params.items() if name not in _NOT_OF_THE_LEAD}
    name = f"{folder.parent.name}/{folder.name}"
    return Lead(name, header.call_id, header.script, header.started_at, number, given | dict(header.vars))


class Private:
    """The private files of one call."""

    def __init__(self, folder: Path, lead: Lead, tell: Tell = no_one) -> None:
        self.lead = lead
        self._folder = folder
        self._tell = tell

    def begin(self) -> None:
        """Raises `OSError`."""
        _append(self._folder / LEAD, [asdict(self.lead)])

    def keep(self, entry: Entry) -> None:
        """What was promised in this step is on disk and on its way. Raises `OSError`, and it is on its way alone."""
        promised = [to_json(action, masked=False) for action in entry.actions if isinstance(action, FOLLOW_UPS)]
        at_ms = entry.event.at_ms
        self._add([{"id": f"{entry.seq}:{n}", "at_ms": at_ms} | each for n, each in enumerate(promised)])

    def ended(self, told: Mapping[str, object], entries: Sequence[Entry]) -> None:
        """The call came to this; told once, and again only if it is something else than before. Raises `OSError`."""
        before = [line for line in lines_in(self._folder) if line.get("type") == ENDED]
        slots: object = {
            each.slot: each.value for entry in entries for each in entry.actions if isinstance(each, Filled)
        }
        if before:  # whoever revises has read the log, where numbers are masked
            slots = before[-1].get("slots", slots)
        kept = {name: value for name, value in told.items() if name not in _LEFT_OUT}
        came = json.loads(dump(kept | {"slots": slots}))
        if before and came.items() <= before[-1].items():
            return
        number = len(before) + 1
        at_ms = entries[-1].event.at_ms if entries else 0
        self._add([{"id": f"ended:{number}", "at_ms": at_ms, "type": ENDED, "revision": number, **came}])

    def _add(self, lines: list[Line]) -> None:
        if not lines:
            return
        try:
            _append(self._folder / ACTIONS, lines)
        finally:
            self._tell(self.lead, lines)


def _append(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    """In one piece, after whatever a writer that was killed has left of a line."""
    data = "".join(f"{dump(line)}\n" for line in lines).encode()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            data = b"\n" + data
        if os.write(file, data) != len(data):
            raise OSError(None, "no space left for a whole line")
    finally:
        os.close(file)


def dump(value: object) -> str:
    """JSON that is readable as Chinese, and can be written as UTF-8 whatever a recogniser has made of the words."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


# --- read again ------------------------------------------------------------------------------------------------------


def private_in(folder: Path, tell: Tell = no_one) -> Private | None:
    """The private files of a call that was there before; None for a record older than these files. Raises `OSError`."""
    try:
        told = json.loads((folder / LEAD).read_text(encoding="utf-8"))
        return Private(folder, Lead(**told), tell)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise OSError(None, f"{mask(folder.name)}/{LEAD} cannot be read") from None


def lines_in(folder: Path, unreadable: Callable[[int], None] = lambda _: None) -> list[Line]:
    """All lines of actions.jsonl; `unreadable` is given the number of each that is none. Raises `OSError`."""
    try:
        data = (folder / ACTIONS).read_bytes()
    except FileNotFoundError:
        return []
    found: list[Line] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if isinstance(told, dict) and isinstance(told.get("id"), str) and isinstance(told.get("type"), str):
            found.append(told)
        elif line.strip():
            unreadable(number)
    return found
