"""Conversation tests: whole calls in YAML, written by whoever writes the script, run through the very same engine.

    conversations: ../../scripts/phone-robot.yaml
    with: {company: 星河科技}
    calls:
      - call: asks the price, then makes an appointment
        talk:
          - {bot: 智能语音助手}
          - {caller: 喂你好, bot: 可以吗, stage: opening}
          - {caller: 多少钱, hears: ask_price, bot: 按月收费}
          - {caller: 行，那明天下午三点吧}
        ends: {grade: B, stage: bye-booked, actions: callback}

A line of the talk is one turn: what happens, and what must come of it before the next line. What is not mentioned is
not tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from engine.calls.actions import FOLLOW_UPS, Filled, Matched, Play, Took
from engine.calls.log import Entry
from engine.content.shape import (
    Duration,
    Either,
    Field,
    Fields,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Text,
    Whole,
    Words,
)
from engine.content.shape import read as read_shape
from engine.content.source import Mark, Problem, parse
from engine.dialogue.step import LeadError
from engine.grading.grade import Grade, grade
from engine.grading.readout import readout
from engine.language.load import Library, load_script
from engine.language.refer import not_keys
from engine.language.script import Script
from engine.trial import caller
from engine.trial.caller import DEFAULT_NOW, Call, Step, moment
from engine.trial.simulate import Line
from engine.understanding.grammar import Hit

_TEXTS = OneOrMany(Words())

TURN = Record(
    "turn",
    {
        "caller": Field(Words(), "What the caller says, after the bot has finished."),
        "over": Field(Duration(at_most_ms=60_000), "How far into the bot's prompt the caller cuts in."),
        "sure": Field(Whole(0, 100), "The recogniser's confidence in percent."),
        "silence": Field(Flag(), "The caller lets one no-input time pass."),
        "press": Field(Words(), "Telephone keys."),
        "transfer": Field(OneOf(("ok", "failed")), "What becomes of the transfer."),
        "hold": Field(
            OneOf(("ok", "failed", "ended")),
            "What becomes of the hold: it lasts its time (as without this line), fails, or is ended by the network.",
        ),
        "announcement": Field(Words(), "Heard before the answer."),
        "failed": Field(MapOf(Whole()), "The call is not set up: `sip` and `q850` codes."),
        "answered": Field(OneOf(("yes", "human", "machine")), "The call is answered; needed after an announcement."),
        "hangup": Field(Either(scalar=Duration()), "The caller hangs up, so long after the line above."),
        "bot": Field(_TEXTS, "The bot's words then contain this."),
        "never": Field(_TEXTS, "The bot's words then do not contain this."),
        "hears": Field(_TEXTS, "These intents are heard."),
        "not_hears": Field(_TEXTS, "These intents are not heard."),
        "stage": Field(Words(), "The call then is in this stage."),
        "takes": Field(Words(), "This rule decided, such as `opening.expect.2`."),
        "fills": Field(MapOf(Words()), "These slots are filled with these values."),
    },
    "One line of a conversation.",
    aliases={"say": "caller", "says": "caller", "user": "caller", "dtmf": "press", "hears_not": "not_hears"},
)

ENDS = Record(
    "ends",
    {
        "grade": Field(Words(), "The grade's letter, or `none`."),
        "rule": Field(Words(), "The rule of the grade."),
        "by": Field(OneOf(("caller", "bot", "network")), "Who ended the call."),
        "disposition": Field(Words(), "What became of the call technically."),
        "stage": Field(Words(), "The stage in which it ended."),
        "passes": Field(_TEXTS, "Stages that were visited, in this order, others between them allowed."),
        "avoids": Field(_TEXTS, "Stages that were not visited."),
        "actions": Field(
            _TEXTS, "What was done beyond talking: sms, wechat, transfer, callback, do_not_call, tag, note."
        ),
        "never": Field(_TEXTS, "What was not done beyond talking."),
        "facts": Field(MapOf(Words()), "Facts and their values."),
    },
    "What must be true in the end.",
)

CALL = Record(
    "call",
    {
        "call": Field(Words(), "What this call shows.", required=True),
        "with": Field(MapOf(Words()), "Variables, beside those of the file."),
        "now": Field(Words(), "RFC 3339 time of the call."),
        "talk": Field(ListOf(TURN), "The call, turn by turn.", required=True),
        "ends": Field(ENDS, "What must be true in the end."),
    },
    "One call.",
)

CONVERSATIONS = Record(
    "conversations",
    {
        "conversations": Field(Words(), "The script; its path counts from this file.", required=True),
        "with": Field(MapOf(Words()), "Variables for all calls."),
        "now": Field(Words(), "RFC 3339 time of all calls."),
        "calls": Field(ListOf(CALL), "The calls.", required=True),
    },
    "Conversation tests of one script.",
)


@dataclass(frozen=True, slots=True)
class Tested:
    """One conversation after its run."""

    name: str
    mark: Mark
    failures: tuple[Problem, ...]
    """Empty when it passed."""
    entries: tuple[Entry, ...]
    grade: Grade | None
    written: tuple[Fields, Fields] = field(default=(Fields(), Fields()), repr=False, compare=False)
    """The file and the call in it, as they were read."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The conversations of one file."""

    script: Script | None
    problems: tuple[Problem, ...]
    """Mistakes in the file itself or in its script; then nothing is run."""
    tested: tuple[Tested, ...] = ()


def run(path: str, library: Library) -> Suite:
    """Run all conversations of a file."""
    data = library.read(path)
    if isinstance(data, str):
        return Suite(None, (Problem(Mark(path, 1, 1), data),))
    node, problems = parse(data, path)
    fields = read_shape(CONVERSATIONS, node, problems) if node else None
    if not isinstance(fields, Fields) or problems:
        return Suite(None, tuple(problems))
    script, problems = load_script(library.beside(path, str(fields["conversations"])), library)
    if script is None:
        return Suite(None, tuple(problem for problem in problems if problem.severity == "error"))
    calls = cast("list[Fields]", fields["calls"])
    if odd := [*_odd_times(fields, calls), *(each for call in calls for each in _odd_turns(call))]:
        return Suite(script, tuple(odd))
    return Suite(script, (), tuple(_run_call(script, fields, call) for call in calls))


def run_again(tested: Tested, script: Script) -> Tested:
    """Run a conversation on another script."""
    return _run_call(script, *tested.written)


def _run_call(script: Script, file: Fields, fields: Fields) -> Tested:
    title = cast(Text, fields["call"])
    turns = cast("list[Fields]", fields["talk"])
    variables = {**cast("dict[str, str]", file.get("with", {})), **cast("dict[str, str]", fields.get("with", {}))}
    now = moment(str(fields.get("now", file.get("now", DEFAULT_NOW))))
    steps = [(turn, _step(turn)) for turn in turns]
    plan = tuple(step for _, step in steps if step)
    try:
        line = Line(script, Call(str(title), now, {name: str(value) for name, value in variables.items()}, plan))
    except LeadError as error:
        return Tested(str(title), title.mark, (Problem(title.mark, str(error)),), (), None, (file, fields))
    failures: list[Problem] = []
    line.begin()
    for turn, step in steps:
        before = len(line.entries) if step else 0
        if step and line.over:
            failures.append(Problem(turn.mark, "the call is over before this line", f"ended by {line.state.ended_by}"))
            break
        if step:
            line.take(step)
        failures += _turn_failures(turn, line.entries[before:], line)
    line.finish()
    graded = grade(script.scheme, line.state.facts)
    failures += _end_failures(fields.get("ends"), line, graded)
    return Tested(str(title), title.mark, tuple(failures), tuple(line.entries), graded, (file, fields))


# --- what happens ----------------------------------------------------------------------------------------------------


_HAPPENS = ("caller", "press", "silence", "transfer", "hold", "announcement", "failed", "answered", "hangup")
_ANSWERS = {"yes": caller.Answer(), "human": caller.Answer("human"), "machine": caller.Answer("machine")}


def _odd_times(file: Fields, calls: list[Fields]) -> Iterator[Problem]:
    for now in (each["now"] for each in (file, *calls) if "now" in each):
        if isinstance(now, Text) and not moment(now):
            yield Problem(now.mark, f"'{now}' is no time of a call", f"write it as {DEFAULT_NOW}")


def _odd_turns(call: Fields) -> Iterator[Problem]:
    """Lines in which more happens than is played, or what cannot happen."""
    for turn in cast("list[Fields]", call["talk"]):
        for key in [key for key in _HAPPENS if key in turn][1:]:
            yield Problem(turn.key_marks[key], "two things happen in one line", "make two lines of it, in their order")
        press = turn.get("press")
        if isinstance(press, Text):
            yield from not_keys(press)


def _step(turn: Fields) -> Step | None:
    """The step that a line makes; None for a line that only looks."""
    over_ms = cast("int | None", turn.get("over"))
    sure = cast("int | None", turn.get("sure"))
    if "caller" in turn:
        return caller.Say(str(turn["caller"]), None if sure is None else sure / 100, over_ms)
    if "press" in turn:
        return caller.Dtmf(str(turn["press"]), over_ms)
    if "failed" in turn:
        codes = cast("dict[str, int]", turn["failed"])
        return caller.Failed(caller.Failure(codes.get("sip"), codes.get("q850")))
    if "answered" in turn:
        return caller.Answered(_ANSWERS[str(turn["answered"])])
    simple: Mapping[str, Step] = {
        "silence": caller.Silence(True),
        "transfer": caller.TransferOk(turn.get("transfer") == "ok"),
        "hold": caller.Hold(cast(caller.HoldOutcome, str(turn.get("hold", "ok")))),
        "announcement": caller.EarlyMedia(str(turn.get("announcement", ""))),
        "hangup": caller.Hangup(True, cast(int, turn.get("hangup", 0))),
    }
    return next((step for key, step in simple.items() if key in turn), None)


# --- what must come of it --------------------------------------------------------------------------------------------


def _turn_failures(turn: Fields, entries: list[Entry], line: Line) -> Iterator[Problem]:
    actions = [action for entry in entries for action in entry.actions]
    words = "".join(action.text for action in actions if isinstance(action, Play))
    heard = [hit for action in actions if isinstance(action, Matched) for hit in action.hits if not hit.negated]
    took = [action.rule for action in actions if isinstance(action, Took)]
    filled = {action.slot: action.value for action in actions if isinstance(action, Filled)}
    for wanted in _texts(turn, "bot"):
        if wanted not in words:
            yield Problem(wanted.mark, f"the bot does not say '{wanted}'", f"it says '{words}'")
    for unwanted in _texts(turn, "never"):
        if unwanted in words:
            yield Problem(unwanted.mark, f"the bot says '{unwanted}'", f"it says '{words}'")
    yield from _heard_failures(turn, heard)
    stage = turn.get("stage")
    if isinstance(stage, Text) and stage != line.state.stage:
        yield Problem(stage.mark, f"the call is not in stage '{stage}'", f"it is in '{line.state.stage}'")
    rule = turn.get("takes")
    if isinstance(rule, Text) and rule not in took:
        yield Problem(rule.mark, f"rule '{rule}' does not decide", f"decided by {', '.join(took) or 'none'}")
    for name, value in cast("dict[Text, Text]", turn.get("fills", {})).items():
        if filled.get(name) != value:
            told = ", ".join(f"{slot} {what}" for slot, what in filled.items())
            yield Problem(value.mark, f"slot '{name}' is not filled with '{value}'", f"filled: {told or 'nothing'}")


def _heard_failures(turn: Fields, heard: list[Hit]) -> Iterator[Problem]:
    ids = list(dict.fromkeys(hit.id for hit in heard))
    for wanted in _texts(turn, "hears"):
        if wanted not in ids:
            yield Problem(wanted.mark, f"'{wanted}' is not heard", f"heard: {', '.join(ids) or 'nothing'}")
    for unwanted in _texts(turn, "not_hears"):
        if unwanted in ids:
            phrase = next(hit.phrase for hit in heard if hit.id == unwanted)
            yield Problem(unwanted.mark, f"'{unwanted}' is heard", f"in '{phrase}'")


def _end_failures(ends: object, line: Line, graded: Grade) -> Iterator[Problem]:
    if not isinstance(ends, Fields):
        return
    facts = line.state.facts
    values = {name: _plain(value) for name, value in readout(facts).items()}
    found = {
        "grade": graded.letter or "none",
        "rule": graded.rule,
        "by": line.state.ended_by,
        "disposition": facts.disposition,
        "stage": line.state.stage,
    }
    for key, value in found.items():
        wanted = ends.get(key)
        if isinstance(wanted, Text) and wanted != value:
            yield Problem(wanted.mark, f"{key} is {value or 'none'}, not {wanted}", _why(key, graded))
    yield from _path_failures(ends, facts.stages)
    done = {_snake(action) for entry in line.entries for action in entry.actions if isinstance(action, FOLLOW_UPS)}
    for wanted in _texts(ends, "actions"):
        if wanted not in done:
            yield Problem(wanted.mark, f"'{wanted}' was not done", f"done: {', '.join(sorted(done)) or 'nothing'}")
    for unwanted in _texts(ends, "never"):
        if unwanted in done:
            yield Problem(unwanted.mark, f"'{unwanted}' was done")
    for name, wanted in cast("dict[Text, Text]", ends.get("facts", {})).items():
        if values.get(name) != wanted:
            yield Problem(wanted.mark, f"fact {name} is {values.get(name, 'not known')}, not {wanted}")


def _path_failures(ends: Fields, stages: tuple[str, ...]) -> Iterator[Problem]:
    rest = iter(stages)
    for wanted in _texts(ends, "passes"):
        if wanted not in rest:
            yield Problem(
                wanted.mark, f"the call does not pass stage '{wanted}' here", f"it passes {' → '.join(stages)}"
            )
            break
    for unwanted in _texts(ends, "avoids"):
        if unwanted in stages:
            yield Problem(unwanted.mark, f"the call passes stage '{unwanted}'")


def _why(key: str, graded: Grade) -> str:
    if key not in ("grade", "rule"):
        return ""
    return f"{graded.rule}: {graded.reason}; " + "; ".join(str(missed) for missed in graded.missed)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _snake(action: object) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in type(action).__name__).lstrip("_")


def _texts(fields: Fields, key: str) -> Iterable[Text]:
    return cast("list[Text]", fields.get(key, []))
