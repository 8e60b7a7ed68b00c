"""What happened in a test call, as it is told: a line for people or a JSON object for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "connected",
    "bot speaks",
    "bot silent",
    "bot cut",
    "cleared",
    "keys",
    "transfer",
    "caller speaks",
    "caller silent",
    "caller presses",
    "caller stalls",
    "words",
    "trouble",
    "ended",
]


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened."""

    at_ms: float
    """Since the line was open."""
    kind: Kind
    text: str = ""
    ms: int | None = None
    """How long it was or will be; of `bot speaks`, how much silence was sent before the voice."""
    by: str = ""
    """Of `ended`: caller, bot, or nobody when the line broke."""
    in_order: bool = True
    """Of `ended`."""


def note_json(note: Note) -> dict[str, object]:
    """One JSON object, without what says nothing."""
    found: dict[str, object] = {"at_ms": round(note.at_ms), "type": note.kind.replace(" ", "_")}
    found |= {name: value for name in ("text", "ms", "by") if (value := getattr(note, name)) not in ("", None)}
    return found | ({"in_order": note.in_order} if note.kind == "ended" else {})


def _seconds(ms: int | None) -> str:
    return f"{(ms or 0) / 1000:.1f} s"


_LINES: Mapping[Kind, Callable[[Note], str]] = {
    "connected": lambda note: f"connected    {note.text}",
    "bot speaks": lambda _: "bot          begins to speak",
    "bot silent": lambda note: f"bot          spoke for {_seconds(note.ms)}",
    "bot cut": lambda note: f"bot          was cut off after {_seconds(note.ms)}",
    "cleared": lambda note: f"bot          takes back {_seconds(note.ms)} that was not heard yet",
    "keys": lambda note: f"bot          presses {note.text}",
    "transfer": lambda note: f"bot          transfers the call to {note.text}",
    "caller speaks": lambda note: f"caller       {note.text} ({_seconds(note.ms)})",
    "caller silent": lambda _: "",
    "caller presses": lambda note: f"caller       presses {note.text}",
    "caller stalls": lambda note: f"caller       reads nothing for {_seconds(note.ms)}",
    "words": lambda note: f"  | {note.text}",
    "trouble": lambda note: f"trouble      {note.text}",
    "ended": lambda note: f"ended        {_ended(note)}",
}


def _ended(note: Note) -> str:
    who = {"caller": "by the caller", "bot": "by the bot"}.get(note.by, "out of order")
    return f"{who}: {note.text}" if note.text else who


def note_line(note: Note) -> str:
    """For people; empty for what they need not be told."""
    told = _LINES[note.kind](note)
    return f"{note.at_ms / 1000:7.2f}  {told}" if told else ""
