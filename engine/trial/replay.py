"""Play a recorded call again: the events come from the log, the decisions are made anew.

With the script of the call any difference is a fault in the engine. With another script only the first difference
means anything: whatever the caller said after it answered a prompt that was never played.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.calls.actions import Action, Filled, Keyed, Matched, Play, Took
from engine.calls.events import Event, Heard, Pressed
from engine.calls.log import HIDDEN_KEY, Entry, Header, to_json
from engine.calls.mask import is_piece, mask_said, stand_in
from engine.dialogue.state import State
from engine.dialogue.step import begin, step
from engine.language.script import Script


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first step at which two runs of a call part."""

    seq: int
    event: Event
    recorded: tuple[Action, ...]
    computed: tuple[Action, ...]
    stage: str = ""
    """Where the call stood before it."""
    prompt: str = ""
    """What the bot had said last."""


def replay(script: Script, header: Header, entries: Iterable[Entry]) -> Divergence | None:
    """The first step at which this script decides otherwise than the log says, or None.

    Raises LeadError when the call's variables do not fit the script.
    """
    entries = tuple(entries)
    gaps = any(_has_gaps(entry.event) for entry in entries)
    stage = prompt = ""
    for entry, state, computed in fold(script, header, entries, hidden_keys(entries)):
        if computed != entry.actions and _comparable(computed, gaps) != _comparable(entry.actions, gaps):
            return Divergence(entry.seq, entry.event, entry.actions, computed, stage, prompt)
        stage = state.stage
        prompt = next((each.text for each in reversed(computed) if isinstance(each, Play)), prompt)
    return None


def fold(
    script: Script, header: Header, entries: Iterable[Entry], keys: Mapping[int, Event] | None = None
) -> Iterator[tuple[Entry, State, tuple[Action, ...]]]:
    """Each entry with the state after it and the actions as this script computes them; ends where the log ends.

    `keys` are those that the log hides, as `hidden_keys` finds them.
    """
    state = begin(script, header.call_id, header.started_at, _whole(header.vars))
    for entry in entries:
        event = (keys or {}).get(entry.seq) or _as_heard(entry.event)
        state, computed = step(script, state, event)
        yield entry, state, computed


def _whole(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: stand_in(value) for name, value in variables.items()}


def _as_heard(event: Event) -> Event:
    """The log hides numbers; with other digits in their place the words still tell one."""
    if not isinstance(event, Heard):
        return event
    others = tuple(replace(other, text=stand_in(other.text)) for other in event.alternatives)
    return replace(event, text=stand_in(event.text), alternatives=others)


def hidden_keys(entries: Iterable[Entry]) -> dict[int, Event]:
    """The keys that the log hides, by the step, as far as the slot that they were for tells them."""
    found: dict[int, Event] = {}
    kept: list[Any] = []
    for entry in entries:
        place = next((each.place for each in entry.actions if isinstance(each, Keyed)), 0)
        if place:
            kept = [*kept[: place - 1], entry]
        told = next((stand_in(each.value) for each in entry.actions if isinstance(each, Filled)), "")
        if isinstance(entry.event, Pressed) and entry.event.digit == "#" and len(told) == len(kept):
            digits = zip(kept, told, strict=True)
            found |= {
                one.seq: replace(one.event, digit=digit) for one, digit in digits if one.event.digit == HIDDEN_KEY
            }
    return found


def _has_gaps(event: Event) -> bool:
    """Does the log hide digits here that make no whole number?"""
    if isinstance(event, Heard):
        return is_piece(event.text)
    return isinstance(event, Pressed) and event.digit == HIDDEN_KEY


def _comparable(actions: tuple[Action, ...], gaps: bool) -> list[str]:
    texts = [json.dumps(to_json(_settled(action), masked=True), ensure_ascii=False) for action in actions]
    # What is made of such digits, as a note may be, has some that the log does not know.
    return [_SHORT.sub(lambda run: "0" * len(run[0]), text) for text in texts] if gaps else texts


_SHORT = re.compile(r"[\d〇零一二三四五六七八九幺*]{4,6}")


def _settled(action: Action) -> Action:
    """Without what says nothing about the decision: the line of a rule, which may have moved within its file, and the
    digits of a number that was told, which the log does not know.
    """
    if isinstance(action, Took):
        return replace(action, line=0)
    if isinstance(action, Matched):
        return replace(action, hits=tuple(replace(hit, phrase=_known(hit.phrase)) for hit in action.hits))
    return action


def _known(phrase: str) -> str:
    return "" if "*" in mask_said(phrase) else phrase
