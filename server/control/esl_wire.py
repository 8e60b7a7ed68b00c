"""The messages of FreeSWITCH's event socket: bytes in, in pieces of any size; whole messages out.

A message is lines of `Name: value`, an empty line, and as many bytes more as `Content-Length` says. Where it carries an
event, those are the event: as JSON, or again as lines, whose values are URL-encoded, with a body of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

MOST_HEADER_BYTES = 64 * 1024
MOST_BODY_BYTES = 8 * 1024 * 1024
"""Of one message; an event of a channel with all its variables has some ten kilobytes."""


class EslError(Exception):
    """What arrives is no event socket's; the message says why."""


@dataclass(frozen=True, slots=True)
class Message:
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def reply(self) -> str:
        """What a command is answered: `+OK …` or `-ERR …`."""
        return (self.text if self.kind == "api/response" else self.headers.get("Reply-Text", "")).strip()

    @property
    def event(self) -> Mapping[str, str]:
        """The event that it carries, with its body as `_body`; empty where it carries none."""
        if self.kind == "text/event-json":
            return event_of_json(self.text)
        return _from_lines(self.body) if self.kind == "text/event-plain" else {}


class Reader:
    """Of one connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._headers: Mapping[str, str] | None = None
        """Of a message whose body is still to come."""
        self._size = 0

    def feed(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete. Raises `EslError`."""
        self._rest += data
        found = []
        while (message := self._next()) is not None:
            found.append(message)
        return found

    def _next(self) -> Message | None:
        if self._headers is None and not self._begin():
            return None
        if self._headers is None or len(self._rest) < self._size:
            return None
        message = Message(self._headers, self._rest[: self._size])
        self._rest, self._headers = self._rest[self._size :], None
        return message

    def _begin(self) -> bool:
        """Take the headers of the next message off, if they are all there."""
        self._rest = self._rest.lstrip(b"\r\n")
        end, gap = _end_of_headers(self._rest)
        if end < 0:
            if len(self._rest) > MOST_HEADER_BYTES:
                raise EslError("a message has no end to its headers")
            return False
        self._headers = _headers(self._rest[:end])
        self._size, self._rest = _length(self._headers), self._rest[end + gap :]
        return True


def _end_of_headers(data: bytes) -> tuple[int, int]:
    """Where the headers end, and how many bytes the empty line has."""
    ends = [(place, len(gap)) for gap in (b"\n\n", b"\r\n\r\n") if (place := data.find(gap)) >= 0]
    return min(ends, default=(-1, 0))


def _headers(data: bytes) -> dict[str, str]:
    lines = (line.removesuffix("\r").partition(": ") for line in data.decode("utf-8", "replace").split("\n"))
    return {name: value for name, colon, value in lines if colon}


def _length(headers: Mapping[str, str]) -> int:
    told = headers.get("Content-Length", "0").strip()
    if not (told.isascii() and told.isdecimal()) or int(told) > MOST_BODY_BYTES:
        raise EslError(f"a message says that it is {told[:20]} bytes long")
    return int(told)


def event_of_json(text: str) -> dict[str, str]:
    """An event, or a channel as `uuid_dump` shows it."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _from_lines(data: bytes) -> dict[str, str]:
    end, gap = _end_of_headers(data)
    head, body = (data, b"") if end < 0 else (data[:end], data[end + gap :])
    found = {name: unquote(value, errors="replace") for name, value in _headers(head).items()}
    return found | ({"_body": body.decode("utf-8", "replace")} if body else {})


def command(line: str, **headers: str) -> bytes:
    """A command as it is sent. It is one line, whatever is in it: what follows an end of line would be another."""
    lines = [line, *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\n".join(" ".join(each.split("\n")).replace("\r", " ") for each in lines).encode() + b"\n\n"
