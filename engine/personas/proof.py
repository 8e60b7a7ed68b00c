"""What calls prove about the new version of a script: witnesses of both versions, and recorded calls.

A recorded caller answered the prompts of the old script. Where the new one would have said something else, nobody
knows what he would have said then: such a call is counted where it parts, and has no grade on the new side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from engine.calls.actions import Action, HangUp, Hold, Play, Transfer
from engine.calls.log import Log
from engine.dialogue.step import LeadError
from engine.language.script import Script
from engine.trial.compare import NO_GRADE, Side, compare
from engine.trial.samples import sample_values
from engine.trial.simulate import simulate
from engine.trial.witness import Found, search

EXAMPLES = 3


# --- witnesses -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """The shortest call that ends in a rule of one version, played on the other."""

    rule: str
    of: str
    """`old` or `new`: whose witness it is."""
    before: str
    """Its grade by the old version."""
    after: str
    words: tuple[str, ...]
    """What its caller says."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    changed: tuple[Proof, ...]
    """Witnesses with another grade in the other version."""
    lost: tuple[str, ...]
    """Rules that both versions have, and in which no call of the new one ends."""
    came_by: frozenset[str]
    """What some witness of the new version reaches is known to be reachable."""


def witnessed(old: Script, new: Script) -> Witnessed:
    """Search witnesses of both versions, and play each on the other."""
    before, after = search(old), search(new)
    changed = [*_proofs(before, "old", new), *_proofs(after, "new", old)]
    rules = {rule.id for rule in new.scheme.rules}
    found = {each.rule.id for each in after.witnesses}
    lost = tuple(each.rule.id for each in before.witnesses if each.rule.id in rules - found)
    unreached = {item.name for item in after.unreached}
    came_by = {f"stage {name}" for name in new.stages} | {f"branch {path}" for path in new.rules}
    return Witnessed(tuple(dict.fromkeys(changed)), lost, frozenset(came_by - unreached))


def _proofs(found: Found, of: str, other: Script) -> Iterator[Proof]:
    for witness in found.witnesses:
        call = replace(witness.call, vars=sample_values(other))
        there = simulate(other, call).grade.letter or NO_GRADE
        here = witness.letter
        if here != there:
            words = tuple(text for step in call.steps if (text := getattr(step, "say", "")))
            before, after = (here, there) if of == "old" else (there, here)
            yield Proof(witness.rule.id, of, before, after, words)


# --- recorded calls --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crossroads:
    """A place at which recorded calls part."""

    stage: str
    before: str
    """What the bot did then."""
    after: str
    """What it would have done now."""
    calls: int
    examples: tuple[str, ...]


@dataclass
class Recorded:
    """Recorded calls on the new version, taken in one by one."""

    old: Script
    new: Script
    same: int = 0
    """Calls that go the same way to their end."""
    foreign: int = 0
    """Calls that already the old version would not have had."""
    unfit: int = 0
    """Calls whose variables do not fit."""
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of those that go the same way: from which grade to which."""
    changed: list[str] = field(default_factory=list)
    """Those with another grade."""
    partings: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        return self.same + self.foreign + self.unfit + self.parted

    @property
    def parted(self) -> int:
        return sum(map(len, self.partings.values()))

    def take(self, log: Log) -> None:
        """Take in a call."""
        own = log.header.script_sha256 == self.old.sha256  # then the log itself tells what the old version does
        one = Side(self.old.name, self.old.scheme, None if own else self.old)
        other = Side(self.new.name, self.new.scheme, self.new)
        try:
            both = compare(one, other, log, self.old.interest)
        except LeadError:
            self.unfit += 1
            return
        parting = both.after.parting
        if both.before.parting:
            self.foreign += 1
        elif parting:
            key = (parting.stage, tell(parting.before), tell(parting.after))
            self.partings.setdefault(key, []).append(both.call_id)
        else:
            self.same += 1
            self.moves[both.before.letter, both.after.letter] += 1
            if both.changed:
                self.changed.append(both.call_id)

    def crossroads(self) -> tuple[Crossroads, ...]:
        """Where calls part, the most frequent place first."""
        found = [Crossroads(*key, len(calls), tuple(calls[:EXAMPLES])) for key, calls in self.partings.items()]
        return tuple(sorted(found, key=lambda each: -each.calls))


def tell(actions: Iterable[Action]) -> str:
    """What a caller notices of these actions."""
    return " ".join(_tell(each) for each in actions) or "(nothing)"


def _tell(action: Action) -> str:
    match action:
        case Play():
            return action.text
        case Transfer():
            return f"[transfer {action.to}]"
        case Hold():
            return f"[hold {action.most_ms / 1000:g}s]"
        case HangUp():
            return f"[hangs up: {action.reason}]"
    return ""
