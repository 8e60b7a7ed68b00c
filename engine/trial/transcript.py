"""A call as people read it: who said what, where in the script that was, and what came of it.

Everything here is made from the log alone, so that a live call, a simulated one and an old recording read the same.
`turns` are for programs; `lines` are for people, a few for each step, so that they can be shown as a call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.calls.actions import (
    FOLLOW_UPS,
    NORMAL,
    Entered,
    HangUp,
    Hold,
    Matched,
    NoInput,
    Play,
    Recovered,
    StopPlayback,
    Unhold,
    Unmatched,
)
from engine.calls.events import (
    KEYS,
    Answered,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HoldEnded,
    HoldFailed,
    HungUp,
    NotHeard,
    Overheard,
    PlaybackFinished,
    Pressed,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import Entry, Header, to_json
from engine.grading.facts import Facts
from engine.grading.grade import Grade, plain
from engine.grading.readout import readout, steps_of

NO_WORDS = "(no words)"


@dataclass(slots=True)  # not frozen: it is written to until the turn is over
class Said:
    """One turn: the bot's words, then the caller's. Either may be empty: a caller may keep silent, or speak twice."""

    at_ms: int
    """When it began."""
    stage: str = ""
    """Where it took place; empty before the answer."""
    bot: str = ""
    caller: str = ""
    """Words, or the keys pressed."""
    intents: tuple[str, ...] = ()
    """What the caller meant, strongest first, without what was negated."""
    cut: bool = False
    """The caller cut the bot's words off."""


def turns(entries: Iterable[Entry]) -> tuple[Said, ...]:
    """The turns of a call, in order."""
    return tuple([said for said in _turns(entries) if said.bot or said.caller])


def _turns(entries: Iterable[Entry]) -> Iterator[Said]:
    said, stage = Said(0), ""
    for _, event, actions in entries:
        if type(event) in _SPEAKING and (words := _words(event)):
            if said.caller and not (words in KEYS and KEYS.issuperset(said.caller)):
                yield said
                said = Said(event.at_ms, stage)
            said.caller += words
        for action in actions:
            kind = type(action)
            if kind not in _TURNING:
                continue
            if isinstance(action, Entered):
                stage = action.stage
            elif isinstance(action, Play) and type(event) is PlaybackFinished and not said.caller:
                said.stage, said.bot = stage, said.bot + action.text  # in one breath with the prompt before
            elif isinstance(action, Play):
                yield said
                said = Said(event.at_ms, stage, action.text)
            elif isinstance(action, Matched):
                said.intents = tuple(dict.fromkeys((*said.intents, *_meant(action))))
            else:
                said.cut = type(event) in _CUTTING
    yield said


_TURNING = frozenset({Entered, Play, Matched, StopPlayback})
_CUTTING = frozenset({Heard, Pressed})
_SPEAKING = _CUTTING | {NotHeard}


def _words(event: Event) -> str:
    """What the caller contributes with one of these events."""
    if isinstance(event, Heard):
        return event.text if event.final else ""
    return event.digit if isinstance(event, Pressed) else NO_WORDS


def _meant(matched: Matched) -> list[str]:
    return [hit.id for hit in matched.hits if not hit.negated]


# --- for programs ----------------------------------------------------------------------------------------------------


def summary(call_id: str, entries: tuple[Entry, ...], facts: Facts, graded: Grade) -> dict[str, object]:
    """A call as one JSON object: the disposition, the grade and why, what was said, and what is to be done.

    `actions` are those that reach beyond the call, in their order, not masked.
    """
    why = plain(graded)
    return {
        "call_id": call_id,
        "disposition": facts.disposition,
        **why,
        "ended_by": facts.ended_by,
        "stages": list(facts.stages),
        "turns": [
            {"bot": said.bot, "caller": said.caller, "intents": list(said.intents), "stage": said.stage}
            for said in turns(entries)
        ],
        "facts": readout(facts),
        "fact_steps": steps_of(facts),
        "actions": [
            to_json(action, masked=False)
            for entry in entries
            for action in entry.actions
            if type(action) in _FOLLOW_UPS
        ],
    }


_FOLLOW_UPS = frozenset(FOLLOW_UPS)

# --- for people ------------------------------------------------------------------------------------------------------


def render(header: Header, entries: Iterable[Entry], graded: Grade | None = None) -> str:
    """The call as a plain text: a heading, a line for whatever was said or done, and the grade."""
    body = [line for entry in entries for line in lines(entry)]
    ending = [grade_line(graded)] if graded else []
    return "\n".join([f"{header.script} · call {header.call_id} · {header.started_at}", *body, *ending]) + "\n"


def grade_line(graded: Grade) -> str:
    why = f" ({graded.reason})" if graded.reason else ""
    return f"grade {graded.letter or 'none'} by rule {graded.rule or 'none'}{why}"


def lines(entry: Entry) -> list[str]:
    """What there is to read of one step; nothing where only a timer started or a prompt ended."""
    at = f"{entry.event.at_ms // 60_000:3}:{entry.event.at_ms // 1000 % 60:02}"
    tell = _EVENTS.get(type(entry.event))
    told = [tell(entry.event)] if tell else []
    told += [line for action in entry.actions for line in _ACTIONS.get(type(action), _nothing)(action)]
    return [f"{at}  {line}" for line in told if line]


def _tell_heard(event: Heard) -> str:
    if not event.final:
        return ""
    sure = "" if event.confidence is None else f"  ({event.confidence:.0%} sure)"
    return f"caller  {event.text}{sure}"


def _tell_failure(event: Failed) -> str:
    codes = [f"SIP {event.sip}" if event.sip else "", f"Q.850 {event.q850}" if event.q850 else "", event.reason]
    return f"the call failed: {', '.join(filter(None, codes)) or 'no reason given'}"


_ENDINGS = {"bot": "", "unknown": "the recording ends"}
_EVENTS: Mapping[type, Callable[[Any], str]] = {
    EarlyMedia: lambda _: "early media",
    Answered: lambda event: "answered" if event.by == "unknown" else f"answered by a {event.by}",
    Heard: _tell_heard,
    NotHeard: lambda _: f"caller  {NO_WORDS}",
    Pressed: lambda event: f"caller  key {event.digit}",
    TransferSucceeded: lambda _: "a person has taken the call",
    TransferFailed: lambda event: f"nobody took the call{': ' if event.reason else ''}{event.reason}",
    HoldEnded: lambda _: "off hold",
    HoldFailed: lambda event: f"not put on hold{': ' if event.reason else ''}{event.reason}",
    Overheard: lambda event: f"unknown {event.text}" if event.by == "unknown" else "",
    HungUp: lambda event: _ENDINGS.get(event.by, f"the {event.by} hung up"),
    Failed: _tell_failure,
}


def _nothing(_: object) -> list[str]:
    return []


def _tell_match(matched: Matched) -> list[str]:
    found = [*_meant(matched), *(f"not {hit.id}" for hit in matched.hits if hit.negated)]
    found += [matched.disposition] if matched.disposition else []
    return [f"        = {', '.join(found)}"] if found else []


def _tell_order(order: Any) -> list[str]:
    form = to_json(order, masked=False)
    name, _ = form.pop("type"), form.pop("ref", None)
    return [f"        > {' '.join([str(name), *map(str, form.values())])}"]


def _tell_hang_up(order: HangUp) -> list[str]:
    cause = "" if order.q850 == NORMAL else f", Q.850 {order.q850}"
    return [f"the bot hung up ({order.reason}{cause})"]


_ACTIONS: Mapping[type, Callable[[Any], list[str]]] = {
    NoInput: lambda _: ["caller  (silence)"],
    Matched: _tell_match,
    Unmatched: lambda _: ["        = no rule fits"],
    Entered: lambda entered: [f"  [{entered.stage}]"],
    Recovered: lambda recovered: [f"        recovery {recovered.count}"],
    Play: lambda play: [f"bot     {play.text}"] if play.text else [],
    Hold: lambda order: [f"        > hold {order.most_ms / 1000:g}s"],
    Unhold: lambda _: ["        > unhold"],
    HangUp: _tell_hang_up,
    **dict.fromkeys(FOLLOW_UPS, _tell_order),
}
