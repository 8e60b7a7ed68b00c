"""What is told to others: one message for each thing that is to be done, and one for what a call came to.

A message is made from a line of a call's private files (`server.live.private`) and nothing else, so that it is the same
whether the call has just written it or it is found years later. Its `id` is the receiver's idempotency key.

The body has the shape that Standard Webhooks recommends: `type`, `timestamp`, `data`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from server.live.private import ENDED, Lead, Line, dump, lines_in, private_in
from server.logs import ACTIONS
from server.outbox.number import account, plain
from server.refusal import refusal

DO_NOT_CALL = "do_not_call"
CONTACTS = frozenset({"sms", "wechat", "callback"})
"""What reaches the person again, and so must not be done for one who wants to be left alone."""
TYPES = (DO_NOT_CALL, "sms", "wechat", "callback", "transfer", "tag", "note", ENDED)
_TO_THE_PERSON = CONTACTS | {DO_NOT_CALL}
_INNER = frozenset({"id", "at_ms", "type", "ref"})


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    """The line's own name behind that of the call: `2026-11-26/CA1:12:0`."""
    type: str
    call: str
    number: str
    """Of the person, as `number.plain` spells it."""
    recipient: str
    """Whom it reaches, spelled so too; empty where it reaches nobody."""
    body: str


def message(lead: Lead, line: Line) -> Message:
    kind = str(line["type"])
    data: dict[str, object] = asdict(lead)
    data |= {name: value for name, value in line.items() if name not in _INNER}
    if kind in _TO_THE_PERSON:
        data["to"] = data.get("to") or lead.number
    recipient = account(str(data["to"])) if kind in CONTACTS else ""
    body = dump({"type": kind, "timestamp": _moment(lead.started_at, line.get("at_ms")), "data": data})
    return Message(identity(lead.call, str(line["id"])), kind, lead.call, plain(lead.number), recipient, body)


def identity(call: str, line: str) -> str:
    """Without full stops, which part the id from the rest of what is signed."""
    return f"{call}:{line}".replace(".", "%2E")


def _moment(started_at: str, at_ms: object) -> str:
    """When it was decided."""
    began = datetime.fromisoformat(started_at)
    return (began + timedelta(milliseconds=at_ms if isinstance(at_ms, int) else 0)).isoformat(timespec="milliseconds")


def parsed(body: str) -> dict[str, object]:
    """The `data` of a body; empty for a message that has been delivered, whose body is not kept."""
    told: dict[str, object] = json.loads(body)["data"] if body else {}
    return told


# --- what calls have left --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """What a call's folder holds for others."""

    call: str
    size_bytes: int
    """Of the file; it only grows."""
    messages: tuple[Message, ...] = ()


def sizes(calls: Path, since: str = "") -> Iterator[tuple[Path, int]]:
    """The folders of all calls of that day and later that have something for others, oldest day first."""
    for day in sorted(each for each in calls.glob("*") if each.name >= since):
        for path in sorted(day.glob(f"*/{ACTIONS}")):
            yield path.parent, path.stat().st_size


def left_in(folder: Path, size_bytes: int, unreadable: Callable[[str], None]) -> Left | None:
    """What a folder holds; lines that cannot be read are told and left out. None when nothing can be read now."""
    call = f"{folder.parent.name}/{folder.name}"
    try:
        private = private_in(folder)
        if private is None:
            return Left(call, size_bytes)
        lines = lines_in(folder, lambda number: unreadable(f"{ACTIONS}, line {number}, cannot be read"))
    except OSError as problem:
        unreadable(refusal(problem))
        return None
    return Left(call, size_bytes, tuple(_messages(private.lead, lines, unreadable)))


def _messages(lead: Lead, lines: Iterable[Line], unreadable: Callable[[str], None]) -> Iterator[Message]:
    for line in lines:
        try:
            yield message(lead, line)
        except (ValueError, TypeError) as problem:
            unreadable(f"{line['id']}: {problem}")
