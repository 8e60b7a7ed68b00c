"""What a crowd of simulated callers shows about a script: what nobody reached, where calls get stuck, who was
misunderstood, and how calls were graded. Calls are taken in one by one, so that a crowd may be as large as one likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from engine.calls.actions import Entered, HangUp, Play, Took
from engine.language.script import Script
from engine.personas.live import Made, Spoken
from engine.trial.compare import NO_GRADE
from engine.trial.coverage import Coverage, cover_prompts, cover_script, reached, spoken

MOST_SAID = 4
"""The same prompt so often in one call is a loop."""
FEW = 5
"""Calls that must have come to a stage before it is said that nobody leaves it."""
LONGEST = 5
EXAMPLES = 3

DeadEndKind = Literal["turn_limit", "visit_limit", "time_limit", "no_match", "loop", "never_left"]
DEAD_ENDS: dict[DeadEndKind, str] = {
    "turn_limit": "the call had too many turns",
    "visit_limit": "the call came here too often",
    "time_limit": "the call took too long",
    "no_match": "nothing was understood, until the bot gave up",
    "loop": f"the bot said the same thing {MOST_SAID} times",
    "never_left": "no call went on from here but by silence, a limit or hanging up",
}
Cause = Literal["words", "noise", "flipped"]
"""Why somebody was misunderstood: as spoken, as the line left it, or because the line took the negation away."""
_NO_WAY_ON = ("silence", "no_match", "turn_limit", "visit_limit", "time_limit")


@dataclass(frozen=True, slots=True)
class DeadEnd:
    kind: DeadEndKind
    stage: str
    calls: int
    examples: tuple[str, ...]
    """Ids of calls."""


@dataclass(frozen=True, slots=True)
class Misheard:
    """Utterances that were misunderstood in one way."""

    meant: tuple[str, ...]
    """The intents that were not found."""
    understood: tuple[str, ...]
    cause: Cause
    times: int
    examples: tuple[tuple[str, str], ...]
    """What was said, and what arrived of it."""


@dataclass(frozen=True, slots=True)
class Long:
    call_id: str
    persona: str
    talk_ms: int
    turns: int
    grade: str


@dataclass(frozen=True, slots=True)
class Reached:
    """How calls fared in a stage."""

    stage: str
    calls: int
    ended: int
    """Calls that ended in it."""
    left: int
    """Of these: the caller hung up."""


@dataclass(frozen=True, slots=True)
class Findings:
    calls: int
    answered: int
    grades: Counter[tuple[str, str]]
    """Calls by persona and grade."""
    rules: Counter[str]
    """Calls by rule of the scheme."""
    coverage: tuple[Coverage, ...]
    dead_ends: tuple[DeadEnd, ...]
    """The most frequent first."""
    longest: tuple[Long, ...]
    stages: tuple[Reached, ...]
    utterances: int
    """Meant as an intent, and listened to."""
    misheard: tuple[Misheard, ...]
    talk_ms: int
    """All calls together."""

    def letters(self) -> Counter[str]:
        """Calls by grade."""
        found: Counter[str] = Counter()
        for (_, letter), times in self.grades.items():
            found[letter] += times
        return found

    def mistaken(self, cause: Cause) -> int:
        return sum(each.times for each in self.misheard if each.cause == cause)


@dataclass
class Tally:
    """The findings so far."""

    script: Script
    calls: int = 0
    answered: int = 0
    talk_ms: int = 0
    utterances: int = 0
    grades: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    played: set[str] = field(default_factory=set)
    came: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    went_on: set[str] = field(default_factory=set)
    """Stages that a call has left by a way of its own."""
    stuck: dict[tuple[DeadEndKind, str], list[str]] = field(default_factory=dict)
    longest: list[Long] = field(default_factory=list)
    misheard: dict[tuple[tuple[str, ...], tuple[str, ...], Cause], list[tuple[str, str]]] = field(default_factory=dict)

    def take(self, made: Made) -> None:
        """Take in a call."""
        played, facts = made.played, made.played.state.facts
        letter = played.grade.letter or NO_GRADE
        self.calls += 1
        self.answered += bool(facts.stages)
        self.talk_ms += facts.talk_ms
        self.grades[made.persona, letter] += 1
        self.rules[played.grade.rule] += 1
        self.seen.update(reached(played))
        self.played.update(spoken(played))
        self.came.update(set(facts.stages))
        self.ended[facts.ended_in_stage] += 1
        self.left[facts.ended_in_stage] += facts.ended_by == "caller"
        self.longest.append(Long(made.call.call_id, made.persona, facts.talk_ms, facts.turns, letter))
        self.longest = sorted(self.longest, key=lambda each: -each.talk_ms)[:LONGEST]
        for where in dict.fromkeys(self._stuck(made)):
            self.stuck.setdefault(where, []).append(made.call.call_id)
        for each in made.spoken:
            self._listen(each)

    def _stuck(self, made: Made) -> Iterator[tuple[DeadEndKind, str]]:
        stage, said = "", Counter[tuple[str, str]]()
        for entry in made.played.entries:
            took = [each.rule for each in entry.actions if isinstance(each, Took)]
            for action in entry.actions:
                if isinstance(action, Entered):
                    if stage and stage != action.stage and not any(rule in _NO_WAY_ON for rule in took):
                        self.went_on.add(stage)
                    if "no_match" in took:
                        yield "no_match", stage
                    stage = action.stage
                elif isinstance(action, Play) and action.text:
                    said[stage, action.text] += 1
                elif isinstance(action, HangUp) and action.reason.endswith("_limit"):
                    yield action.reason, stage  # type: ignore[misc]  # the reasons of the three limits
        yield from (("loop", where) for (where, _), times in said.items() if times >= MOST_SAID)

    def _listen(self, spoken: Spoken) -> None:
        if not spoken.meant or spoken.understood is None:
            return
        self.utterances += 1
        missing = tuple(sorted(set(spoken.meant) - spoken.understood))
        if missing:
            cause: Cause = "flipped" if spoken.heard.flipped else "noise" if spoken.heard.changes else "words"
            key = (missing, tuple(sorted(spoken.understood)), cause)
            self.misheard.setdefault(key, []).append((spoken.said, " / ".join(spoken.heard.finals)))

    # --- in the end --------------------------------------------------------------------------------------------------

    def found(self) -> Findings:
        """What it all comes to."""
        stages = tuple(Reached(name, self.came[name], self.ended[name], self.left[name]) for name in self.script.stages)
        covered = (*cover_script(self.script, self.seen), cover_prompts(self.script, self.played))
        misheard = [
            Misheard(*key, len(pairs), tuple(dict.fromkeys(pairs))[:EXAMPLES]) for key, pairs in self.misheard.items()
        ]
        return Findings(
            self.calls,
            self.answered,
            self.grades,
            self.rules,
            covered,
            tuple(sorted(self._dead_ends(), key=lambda each: -each.calls)),
            tuple(self.longest),
            stages,
            self.utterances,
            tuple(sorted(misheard, key=lambda each: -each.times)),
            self.talk_ms,
        )

    def _dead_ends(self) -> Iterator[DeadEnd]:
        for (kind, stage), calls in self.stuck.items():
            yield DeadEnd(kind, stage, len(calls), tuple(calls[:EXAMPLES]))
        for name, each in self.script.stages.items():
            if not each.end and self.came[name] >= FEW and name not in self.went_on:
                yield DeadEnd("never_left", name, self.came[name], ())
