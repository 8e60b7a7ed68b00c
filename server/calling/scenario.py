"""What a test caller does, step by step: written in YAML, read with the place of every mistake.

    scenario: cuts in to ask the price
    line: {loss: 2, jitter_ms: 40}
    steps:
      - say: 喂你好
      - {say: 多少钱, barge_in_ms: 800}
      - {silence_ms: 4000}
      - {hangup: yes, after_ms: 500}

A step waits for its turn as a person does: what is said waits until the bot has answered what was said before and has
fallen silent, unless `barge_in_ms` says how far into the prompt the caller cuts in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from engine.content.shape import Field, Fields, Flag, ListOf, OneOf, Record, Text, Whole, Words
from engine.content.shape import read as read_shape
from engine.content.source import Mark, Problem, parse
from engine.language.load import Library
from engine.language.refer import not_keys

MOST_MS = 600_000
PATIENCE_MS = 10_000
"""As long as people wait for an answer before they ask whether anyone is there; longer than any no-input time."""

_INTO = Field(Whole(0, MOST_MS), "Begin so far into the bot's prompt, in ms, instead of after it.")

STEP = Record(
    "caller step",
    {
        "say": Field(Words(), "Words, spoken by the voice that the command names."),
        "wav": Field(Words(), "A recording to play; its path counts from this file."),
        "digits": Field(Words(), "Telephone keys: 0-9, `*`, `#`, A-D."),
        "silence_ms": Field(Whole(1, MOST_MS), "Say nothing for so long after the bot has finished."),
        "wait_prompt": Field(Flag(), "Wait until the bot has answered and has finished."),
        "stall_ms": Field(Whole(1, MOST_MS), "Read nothing from the server for so long, as a gateway that hangs."),
        "hangup": Field(Flag(), "Hang up."),
        "after_ms": Field(Whole(0, MOST_MS), "How long after the step before (or the answer) to hang up."),
        "barge_in_ms": _INTO,
    },
    "One thing that the caller does.",
    aliases={
        "caller": "say",
        "press": "digits",
        "dtmf": "digits",
        "silence": "silence_ms",
        "stall": "stall_ms",
        "barge_in": "barge_in_ms",
        "after": "after_ms",
    },
)

LINE = Record(
    "caller line",
    {
        "loss": Field(Whole(0, 100), "Percent of the caller's frames that never arrive."),
        "jitter_ms": Field(Whole(0, 5_000), "Each frame comes up to so much late; the order is kept."),
        "seed": Field(Whole(0), "Another number, other losses; the same number, the same ones."),
    },
    "What the line does to the caller's voice.",
)

SCENARIO = Record(
    "scenario",
    {
        "scenario": Field(Words(), "What this caller does, in a few words.", required=True),
        "steps": Field(
            ListOf(STEP), "What the caller does, in order. Afterwards the caller stays silent.", required=True
        ),
        "line": Field(LINE, "A line that is not perfect."),
        "transfer": Field(OneOf(("ok", "failed")), "Does a person take the call when the bot transfers it? (ok)"),
        "patience_ms": Field(
            Whole(1, MOST_MS), f"How long the caller waits for an answer before going on ({PATIENCE_MS} if not given)."
        ),
    },
    "What a test caller does in a call.",
)


@dataclass(frozen=True, slots=True)
class Say:
    words: str
    barge_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PlayWav:
    path: str
    barge_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Press:
    digits: str
    barge_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    for_ms: int


@dataclass(frozen=True, slots=True)
class WaitPrompt:
    pass


@dataclass(frozen=True, slots=True)
class Stall:
    for_ms: int
    barge_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    after_ms: int = 0
    barge_in_ms: int | None = None


Step = Say | PlayWav | Press | Silence | WaitPrompt | Stall | HangUp
CUTTING_IN = Say | PlayWav | Press | Stall | HangUp
"""Steps that may begin in the middle of a prompt."""


@dataclass(frozen=True, slots=True)
class Impairments:
    loss_percent: int = 0
    jitter_ms: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str = ""
    steps: tuple[Step, ...] = ()
    line: Impairments = field(default_factory=Impairments)
    patience_ms: int = PATIENCE_MS
    transfer_ok: bool = True


def load_scenario(path: str, library: Library) -> tuple[Scenario | None, list[Problem]]:
    """The scenario of a file; None when there is a problem."""
    data = library.read(path)
    if isinstance(data, str):
        return None, [Problem(Mark(path, 1, 1), data)]
    node, problems = parse(data, path)
    fields = read_shape(SCENARIO, node, problems) if node else None
    if not isinstance(fields, Fields) or problems:
        return None, problems
    steps = cast("list[Fields]", fields["steps"])
    problems += [problem for step in steps for problem in _odd(step, library, path)]
    if problems:
        return None, problems
    line = cast("Fields", fields.get("line", Fields()))
    return Scenario(
        str(fields["scenario"]),
        tuple(_step(step, library, path) for step in steps),
        Impairments(_number(line, "loss") or 0, _number(line, "jitter_ms") or 0, _number(line, "seed") or 0),
        _number(fields, "patience_ms") or PATIENCE_MS,
        fields.get("transfer") != "failed",
    ), []


def _number(fields: Fields, key: str) -> int | None:
    return cast("int | None", fields.get(key))


def _step(step: Fields, library: Library, file: str) -> Step:
    key = next(key for key in _MAKE if key in step)
    if key == "wav":
        return PlayWav(library.beside(file, str(step[key])), _number(step, "barge_in_ms"))
    return _MAKE[key](step)


_MAKE: Mapping[str, Callable[[Fields], Step]] = {
    "say": lambda step: Say(str(step["say"]), _number(step, "barge_in_ms")),
    "wav": lambda step: PlayWav(str(step["wav"]), _number(step, "barge_in_ms")),
    "digits": lambda step: Press(str(step["digits"]), _number(step, "barge_in_ms")),
    "silence_ms": lambda step: Silence(_number(step, "silence_ms") or 0),
    "wait_prompt": lambda _: WaitPrompt(),
    "stall_ms": lambda step: Stall(_number(step, "stall_ms") or 0, _number(step, "barge_in_ms")),
    "hangup": lambda step: HangUp(_number(step, "after_ms") or 0, _number(step, "barge_in_ms")),
}
"""What each key makes of its step."""
_MAY_HOLD = {
    "barge_in_ms": ("say", "wav", "digits", "stall_ms", "hangup"),
    "after_ms": ("hangup",),
}


def _odd(step: Fields, library: Library, file: str) -> Iterator[Problem]:
    """What each value alone does not tell."""
    does = [key for key in _MAKE if key in step]
    if not does:
        yield Problem(step.mark, "this step does nothing", f"a step has one of: {', '.join(_MAKE)}")
    for key in does[1:]:
        yield Problem(step.key_marks[key], "two things happen in one step", "make two steps of it, in their order")
    for key, holders in _MAY_HOLD.items():
        if key in step and does and does[0] not in holders:
            yield Problem(
                step.key_marks[key], f"'{key}' does not go with '{does[0]}'", f"it goes with {', '.join(holders)}"
            )
    for key in ("hangup", "wait_prompt"):
        if step.get(key) is False:
            yield Problem(step.key_marks[key], f"'{key}: no' does nothing", "take the step out")
    digits, wav = step.get("digits"), step.get("wav")
    if isinstance(digits, Text):
        yield from not_keys(digits)
    if isinstance(wav, Text) and not library.exists(library.beside(file, wav)):
        yield Problem(wav.mark, f"no recording '{wav}' (looked for {library.beside(file, wav)})")
