"""Play a recorded call again: the events come from the log, the decisions are made anew.

With the script of the call any difference is a fault in the engine. With another script only the first difference
means anything: whatever the caller said after it answered a prompt that was never played.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.calls.actions import Action, Matched, Took
from engine.calls.events import Event, Heard
from engine.calls.log import Entry, Header, to_json
from engine.calls.mask import mask, stand_in
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


def replay(script: Script, header: Header, entries: Iterable[Entry]) -> Divergence | None:
    """The first step at which this script decides otherwise than the log says, or None.

    Raises LeadError when the call's variables do not fit the script.
    """
    for entry, _, computed in fold(script, header, entries):
        if computed != entry.actions and _comparable(computed) != _comparable(entry.actions):
            return Divergence(entry.seq, entry.event, entry.actions, computed)
    return None


def fold(script: Script, header: Header, entries: Iterable[Entry]) -> Iterator[tuple[Entry, State, tuple[Action, ...]]]:
    """Each entry with the state after it and the actions as this script computes them; ends where the log ends."""
    state = begin(script, header.call_id, header.started_at, _whole(header.vars))
    for entry in entries:
        state, computed = step(script, state, _as_heard(entry.event))
        yield entry, state, computed


def _whole(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: stand_in(value) for name, value in variables.items()}


def _as_heard(event: Event) -> Event:
    """The log hides numbers; with other digits in their place the words still tell one."""
    if not isinstance(event, Heard):
        return event
    others = tuple(replace(other, text=stand_in(other.text)) for other in event.alternatives)
    return replace(event, text=stand_in(event.text), alternatives=others)


def _comparable(actions: tuple[Action, ...]) -> list[dict[str, object]]:
    return [to_json(_settled(action), masked=True) for action in actions]


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
    return "" if "*" in mask(phrase) else phrase
