"""The same calls graded twice: by two schemes, or by two versions of a script.

A scheme grades the facts that the log tells. A script hears the call anew: its words are understood by the script's
own grammars and answered by its own rules, and the facts are those of this second run. Where the second run first says
something that the caller of the first never heard, the calls have parted, and what comes after is a guess; `parted`
tells where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.calls.actions import Action, HangUp, Hold, Play, StartTimer, TimerKind, Transfer
from engine.calls.events import (
    Event,
    HoldBegan,
    HoldEnded,
    HoldFailed,
    PlaybackFinished,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import RECORDING, Entry, Log
from engine.dialogue.state import State
from engine.grading.facts import Facts
from engine.grading.fold import fold_all
from engine.grading.grade import LETTERS, Grade, Scheme, grade
from engine.grading.readout import readout
from engine.grading.said import INTEREST
from engine.language.script import Script
from engine.trial.replay import fold as run_again
from engine.trial.replay import hidden_keys

NO_GRADE = "none"
LETTERS_AND_NONE = (*LETTERS, NO_GRADE)


@dataclass(frozen=True, slots=True)
class Side:
    """What grades the calls: a scheme, or a script with its scheme."""

    name: str
    scheme: Scheme
    script: Script | None = None


@dataclass(frozen=True, slots=True)
class Parting:
    """The step in which a script first says or does something else than the log."""

    seq: int
    stage: str
    """Where the call stood before it."""
    event: Event
    before: tuple[Action, ...]
    """What the caller noticed then."""
    after: tuple[Action, ...]
    """What he would have noticed now."""


@dataclass(frozen=True, slots=True)
class Graded:
    grade: Grade
    facts: Facts
    parting: Parting | None = None
    """None: the same call to its end."""

    @property
    def parted(self) -> int | None:
        """The step of the parting."""
        return self.parting.seq if self.parting else None

    @property
    def letter(self) -> str:
        return self.grade.letter or NO_GRADE


@dataclass(frozen=True, slots=True)
class Compared:
    """One call, graded twice."""

    call_id: str
    before: Graded
    after: Graded
    reasons: tuple[str, ...] = ()
    """Why its grade or its rule has changed; empty when neither has."""

    @property
    def changed(self) -> bool:
        """Has it another grade now?"""
        return self.before.letter != self.after.letter


def compare(before: Side, after: Side, log: Log, interest: frozenset[str] = INTEREST) -> Compared:
    """Grade a call by both sides. `interest` are the intents that count as interest questions where a side is only a
    scheme. Raises LeadError when the call's variables do not fit a script.
    """
    one, other = graded(before, log, interest), graded(after, log, interest)
    same = one.letter == other.letter and one.grade.rule == other.grade.rule
    reasons = () if same else tuple(_reasons(before, one, after, other))
    return Compared(log.header.call_id, one, other, reasons)


def confusion(compared: Iterable[Compared]) -> dict[tuple[str, str], int]:
    """How many calls went from one grade to another; those that stayed are on the diagonal."""
    return dict(Counter((each.before.letter, each.after.letter) for each in compared))


def facts_of(log: Log, interest: frozenset[str] = INTEREST) -> Facts:
    """The facts that a log tells."""
    return fold_all(log.entries, interest)


def graded(side: Side, log: Log, interest: frozenset[str] = INTEREST) -> Graded:
    """A call as one side grades it."""
    if side.script and log.header.source != RECORDING:  # of which nobody knows what its bot decided
        facts, parting = _heard_anew(side.script, log)
    else:
        facts, parting = facts_of(log, side.script.interest if side.script else interest), None
    return Graded(grade(side.scheme, facts), facts, parting)


# --- a script hears the call anew ------------------------------------------------------------------------------------


def _heard_anew(script: Script, log: Log) -> tuple[Facts, Parting | None]:
    rerun = _Rerun(log)
    facts, parting, stage = Facts(), None, ""
    for entry, state, actions in run_again(script, log.header, rerun.entries(), hidden_keys(log.entries)):
        rerun.state, facts = state, state.facts
        before, after = felt(log.entries[rerun.place].actions), felt(actions)
        if parting is None and before != after:
            parting = Parting(entry.seq, stage, entry.event, before, after)
        stage = state.stage
    return facts, parting


def felt(actions: Iterable[Action]) -> tuple[Action, ...]:
    """What the caller notices."""
    noticed = (each for each in actions if isinstance(each, Play | Transfer | Hold | HangUp))
    return tuple(replace(each, ref=0) if isinstance(each, Play | Transfer | Hold) else each for each in noticed)


class _Rerun:
    """The events of a log for another run of the call, in which prompts and timers have other refs: what ended then
    is what is in progress now.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._timers: dict[int, TimerKind] = {}
        self.state: State | None = None
        self.place = 0

    def entries(self) -> Iterator[Entry]:
        for place, entry in enumerate(self._log.entries):
            self.place = place
            yield self._adapted(entry) if self.state else entry
            for action in entry.actions:
                if isinstance(action, StartTimer):
                    self._timers[action.ref] = action.timer

    def _adapted(self, entry: Entry) -> Entry:
        event, state = entry.event, self.state
        if state and isinstance(event, PlaybackFinished):
            return entry._replace(event=replace(event, ref=state.playing if event.completed else event.ref))
        if state and isinstance(event, TransferSucceeded | TransferFailed):
            return entry._replace(event=replace(event, ref=state.transfer))
        if state and isinstance(event, HoldBegan | HoldEnded | HoldFailed):
            return entry._replace(event=replace(event, ref=state.hold))
        if state and isinstance(event, TimerFired):
            kind = self._timers.get(event.ref)
            live = (timer.ref for timer in (state.timer, state.clock) if timer and timer.kind == kind)
            return entry._replace(event=replace(event, ref=next(live, 0)))
        return entry


# --- why -------------------------------------------------------------------------------------------------------------


def _reasons(before: Side, one: Graded, after: Side, other: Graded) -> Iterator[str]:
    yield from _changed_facts(before, one, after, other)
    if before.scheme.name == after.scheme.name and one.grade.rule != other.grade.rule:
        yield from _of_rule(after, one.grade.rule, other, "{rule} now misses: {wanting}", "{rule} is no longer there")
        yield from _of_rule(before, other.grade.rule, one, "{rule} missed before: {wanting}", "{rule} is new")
        return
    for name, side, graded, wanted in (("before", before, one, other), ("after", after, other, one)):
        rule = next((rule for rule in side.scheme.rules if rule.id == graded.grade.rule), None)
        if rule:
            yield f"{name}, {rule.id} held: {rule.when.tell(graded.facts) or 'it takes whatever is left'}"
        nearest = (missed for missed in graded.grade.missed if missed.letter == wanted.grade.letter)
        yield from (f"{name}, {missed}" for missed in nearest)


def _of_rule(side: Side, rule_id: str, at: Graded, wanting: str, gone: str) -> Iterator[str]:
    """Why a rule did not decide on this side."""
    if not rule_id:
        return
    rule = next((rule for rule in side.scheme.rules if rule.id == rule_id), None)
    if rule is None:
        yield gone.format(rule=rule_id)
    elif missed := rule.when.misses(at.facts):
        yield wanting.format(rule=rule_id, wanting="; ".join(missed))
    else:
        yield f"{rule_id} holds, but {at.grade.rule} comes first"


def _changed_facts(before: Side, one: Graded, after: Side, other: Graded) -> Iterator[str]:
    """Facts that the two runs of a call do not share, as far as the rules that decided ask for them."""
    if one.facts is other.facts:
        return
    asked = [
        test.fact
        for side in (before, after)
        for rule in side.scheme.rules
        if rule.id in (one.grade.rule, other.grade.rule)
        for test in rule.when.plain()
    ]
    was, now = readout(one.facts), readout(other.facts)
    yield from (f"{fact}: {was[fact]} → {now[fact]}" for fact in dict.fromkeys(asked) if was[fact] != now[fact])
