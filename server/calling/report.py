"""What came of test calls: of one call its turns and delays, of many the spread of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from server.calling.notes import Note

_TURNS = ("caller speaks", "caller presses")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said or pressed, and how the bot took it."""

    said: str
    at_ms: float
    ms: int
    """How long the caller spoke."""
    over: bool
    """While the bot spoke."""
    response_ms: int | None
    """From the end of it to the bot's first voice afterwards."""
    sound_ms: int | None
    """The same to the first sound that was sent, which may begin with silence: the server's part of the delay."""
    early: bool
    """The bot did not wait for the end, and spoke on beyond it: there is no delay to tell."""


@dataclass(frozen=True, slots=True)
class Summary:
    ended: Note
    first_audio_ms: int | None
    """From the open line to the bot's first voice."""
    bot_ms: int
    """How long the bot was heard to speak."""
    caller_ms: int
    turns: tuple[Turn, ...]
    late_ms: Sequence[float] = ()
    """How late each frame of the caller was sent: if this is much, the delays are too long by as much."""


def summarise(notes: Sequence[Note], late_ms: Sequence[float] = ()) -> Summary:
    """The summary of a call that has ended."""
    ended = next(note for note in notes if note.kind == "ended")
    turns = tuple(_turns(notes))
    heard = [note.ms or 0 for note in notes if note.kind in ("bot silent", "bot cut")]
    first = next((round(note.at_ms) for note in notes if note.kind == "bot speaks"), None)
    return Summary(ended, first, sum(heard), sum(turn.ms for turn in turns), turns, late_ms)


def _turns(notes: Sequence[Note]) -> Iterable[Turn]:
    speaking = False
    for place, note in enumerate(notes):
        if note.kind.startswith("bot"):
            speaking = note.kind == "bot speaks"
        if note.kind in _TURNS:
            following = takewhile(lambda later: later.kind not in _TURNS, notes[place + 1 :])
            response_ms, sound_ms, early = _answer(note, following)
            yield Turn(note.text, note.at_ms, note.ms or 0, speaking, response_ms, sound_ms, early)


def _answer(said: Note, following: Iterable[Note]) -> tuple[int | None, int | None, bool]:
    """How soon the bot answered, and whether it did so early. A prompt that begins over the caller's words and yields
    to them, as one that asks whether anybody is there, is no answer.
    """
    end_ms = said.at_ms + (said.ms or 0)
    over, early = said.kind == "caller presses", False
    for note in following:
        if note.kind == "caller silent":
            end_ms, over = note.at_ms, True
        elif note.kind == "bot speaks" and over:
            response_ms = max(0.0, note.at_ms - end_ms)
            return round(response_ms), round(max(0.0, response_ms - (note.ms or 0))), False
        elif note.kind == "bot silent" and over and early:
            break
        elif note.kind in ("bot speaks", "bot silent", "bot cut"):
            early = note.kind == "bot speaks"
    return None, None, over and early


# --- one call --------------------------------------------------------------------------------------------------------


def summary_json(summary: Summary) -> dict[str, object]:
    turns = [
        {
            "caller": turn.said,
            "at_ms": round(turn.at_ms),
            "ms": turn.ms,
            "barge_in": turn.over,
            "response_ms": turn.response_ms,
            "sound_ms": turn.sound_ms,
            "early": turn.early,
        }
        for turn in summary.turns
    ]
    return {
        "type": "summary",
        "ended_by": summary.ended.by,
        "in_order": summary.ended.in_order,
        "reason": summary.ended.text,
        "duration_ms": round(summary.ended.at_ms),
        "first_audio_ms": summary.first_audio_ms,
        "bot_ms": summary.bot_ms,
        "caller_ms": summary.caller_ms,
        "turns": turns,
        "late_ms": spread(summary.late_ms),
    }


def summary_lines(summary: Summary) -> list[str]:
    first_ms = summary.first_audio_ms
    lines = [
        f"call         {_seconds(summary.ended.at_ms)}",
        f"voice        bot {_seconds(summary.bot_ms)}, caller {_seconds(summary.caller_ms)}",
        f"first voice  {'none' if first_ms is None else f'after {first_ms} ms'}",
    ]
    if delays := [turn.response_ms for turn in summary.turns if turn.response_ms is not None]:
        lines.append(f"answers      after {', '.join(map(str, delays))} ms")
    if early := sum(turn.early for turn in summary.turns):
        lines.append(_early_line(early, early + len(delays)))
    if summary.late_ms:
        late = spread(summary.late_ms)
        lines.append(
            f"own pace     frames late by {late['p50']} ms, 99 % within {late['p99']} ms, most {late['max']} ms"
        )
    return lines


def _early_line(early: int, of: int) -> str:
    return f"early        {early} of {of} answers began before the caller had finished"


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.1f} s"


# --- many calls ------------------------------------------------------------------------------------------------------

_SHARES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "p50": lambda values: float(np.percentile(values, 50)),
    "p95": lambda values: float(np.percentile(values, 95)),
    "p99": lambda values: float(np.percentile(values, 99)),
    "max": max,
}


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """How values are distributed; None of nothing."""
    return {name: round(of(values), 1) if values else None for name, of in _SHARES.items()}


def load_json(summaries: Sequence[Summary], failures: Sequence[str]) -> dict[str, object]:
    """Many calls as one: how many ended how, and the spread of what counts."""
    turns = [turn for each in summaries for turn in each.turns]
    answers = [turn.response_ms for turn in turns if turn.response_ms is not None]
    sounds = [turn.sound_ms for turn in turns if turn.sound_ms is not None]
    first = [each.first_audio_ms for each in summaries if each.first_audio_ms is not None]
    late = [late for each in summaries for late in each.late_ms]
    return {
        "type": "load",
        "calls": len(summaries) + len(failures),
        "in_order": sum(each.ended.in_order for each in summaries),
        "failures": sorted({*failures, *(each.ended.text for each in summaries if not each.ended.in_order)}),
        "seconds": round(sum(each.ended.at_ms for each in summaries) / 1000, 1),
        "answers": len(answers),
        "early": sum(turn.early for turn in turns),
        "first_audio_ms": spread(first),
        "response_ms": spread(answers),
        "sound_ms": spread(sounds),
        "late_ms": spread(late),
    }


def load_lines(told: Mapping[str, object]) -> list[str]:
    """For people."""
    lines = [f"calls        {told['calls']}, {told['in_order']} of them ended in order"]
    for name, key in (
        ("first voice", "first_audio_ms"),
        ("answers", "response_ms"),
        ("sound", "sound_ms"),
        ("own pace", "late_ms"),
    ):
        values = told[key]
        if isinstance(values, dict) and values["max"] is not None:
            lines.append(f"{name:12} " + ", ".join(f"{share} {value:g} ms" for share, value in values.items()))
    answers, early, failures = told["answers"], told["early"], told["failures"]
    if isinstance(answers, int) and isinstance(early, int) and early:
        lines.append(_early_line(early, early + answers))
    return lines + ([f"failed       {why}" for why in failures] if isinstance(failures, list) else [])
