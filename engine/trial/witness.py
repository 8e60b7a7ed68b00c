"""For every grade the shortest conversation that ends in it: proof that a script and its scheme fit together.

A search, breadth first, over the very `step` that live calls run through. Its caller is abstract: at each turn it
tries one utterance of every kind that the script tells apart (`engine.trial.sayings`), silence, keys, and hanging up. A
conversation is followed further only when it has come to a state that no other has left the call in
(`engine.trial.likeness`), or has taken a branch for the first time.

A witness is a call like any other: it counts when `engine.trial.simulate` has played it and given it that grade. That
none was found proves nothing, so the search tells how far it went.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count

from engine.dialogue.state import State
from engine.grading.facts import Facts
from engine.grading.grade import Rule
from engine.grading.outcome import AFTER_RINGING, CAUSES, STATUSES
from engine.language.script import Script
from engine.language.stage import Stage
from engine.trial import caller
from engine.trial.caller import Call, Step
from engine.trial.coverage import Item
from engine.trial.imagine import Imagined, answered, ends, play
from engine.trial.likeness import Likeness, distance
from engine.trial.samples import sample_values
from engine.trial.sayings import Kind, Remembering, Saying, Sayings
from engine.trial.simulate import Simulated, simulate

MOST_TRIED = 24_000
"""Turns tried before the search gives up: some seconds."""
DEEPEST = 16
"""Turns of the longest conversation that is looked at."""
MOST_DOUBTED = 5
"""How often a rule is tried that the simulator then does not confirm, among conversations of one length."""

NEARNESS = 2
"""Turns that one step towards a rule is worth."""

NUMBER = "13800001234"


@dataclass(frozen=True, slots=True)
class Witness:
    """A conversation that ends in this rule."""

    rule: Rule
    call: Call
    played: Simulated

    @property
    def letter(self) -> str:
        return self.rule.grade or "none"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has shown."""

    witnesses: tuple[Witness, ...]
    """One for each rule that was reached, in the order of the scheme."""
    missing: tuple[Rule, ...]
    """Rules in which no conversation ended."""
    unreached: tuple[Item, ...]
    """Stages and branches to which no conversation came."""
    tried: int
    """Turns tried."""
    deepest: int
    """Turns of the longest conversation."""
    exhausted: bool
    """There was nothing new left to try; else the search stopped at its bound."""

    @property
    def grades(self) -> dict[str, Witness]:
        """For each grade reached the shortest conversation, the best grade first."""
        best: dict[str, Witness] = {}
        for each in sorted(self.witnesses, key=lambda each: len(each.call.steps)):
            best.setdefault(each.letter, each)
        return dict(sorted(best.items()))


def search(script: Script, *, most: int = MOST_TRIED) -> Found:
    """Look for a witness of each rule of the script's scheme, and for a way to each stage and branch.

    Raises LeadError when the default of a variable does not fit its type.
    """
    searching = _Search(script)
    searching.before_the_answer()
    searching.after_the_answer(most)
    return searching.found()


@dataclass
class _Search:
    script: Script
    best: dict[str, Witness] = field(default_factory=dict)
    """By the rule's id."""
    tried: int = 0
    deepest: int = 0
    exhausted: bool = False
    came_by: set[str] = field(default_factory=set)
    news: set[tuple[Step, ...]] = field(default_factory=set)
    """Calls that were the first to come to a stage or a branch."""
    seen: set[object] = field(default_factory=set)
    only_answers: bool = False
    """The caller brings up nothing of his own."""
    used: dict[str, int] = field(default_factory=dict)
    """How often each utterance was said."""
    doubted: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lexicon = Remembering(self.script.lexicon)
        quick = replace(self.script)
        vars(quick).update(lexicon=lexicon, graph=self.script.graph)
        self.likeness = Likeness(quick)
        self.sayings = Sayings(quick, lexicon, self.likeness.tests)
        self.script = quick
        self.rules = {rule.id: rule for rule in quick.scheme.rules}
        self.items = tuple(_items(quick))
        self.call = Call("witness", vars=sample_values(quick))

    # --- the two halves of a call ------------------------------------------------------------------------------------

    def before_the_answer(self) -> None:
        for steps in _setups(self.sayings):
            self.tried += 1
            self.prove(steps)

    def after_the_answer(self, most: int) -> None:
        """Short calls first; long ones in which the caller only answers; then wherever there are stages and branches
        to discover; then towards each rule that is still missing, from wherever the search has come to.
        """
        start = answered(self.script, self.call)
        self.look_at(start)
        waiting = self.follow([start], most // 5, _turns_taken, self.done)
        self.only_answers = True
        answering = self.follow([start], most // 5, _turns_taken, self.done)
        self.only_answers = False
        waiting = self.follow(waiting, most // 5, self.since_news, self.discovered)
        missing = [rule for name, rule in self.rules.items() if name not in self.best]
        waiting += answering
        for number, rule in enumerate(missing):
            if rule.id not in self.best and waiting:
                share = (most - self.tried) // (len(missing) - number)
                waiting = self.follow(waiting, share, _towards(rule), partial(self.best.__contains__, rule.id))
        self.exhausted = not waiting

    def follow(
        self, calls: list[Imagined], most: int, rank: Callable[[Imagined], int], done: Callable[[], bool]
    ) -> list[Imagined]:
        """Go on from these calls, the lowest rank first, for so many turns; returns the calls that are still open."""
        order = count()
        waiting = [(rank(call), next(order), call) for call in calls]
        heapify(waiting)
        until = self.tried + most
        while waiting and self.tried < until and not done():
            call = heappop(waiting)[2]
            for turn in self.turns(call.rested.state):
                self.tried += 1
                after = play(self.script, call, turn)
                if self.look_at(after):
                    heappush(waiting, (rank(after), next(order), after))
        return [call for _, _, call in sorted(waiting, key=lambda each: each[:2])]

    def done(self) -> bool:
        return self.best.keys() >= self.rules.keys() and self.discovered()

    def discovered(self) -> bool:
        return self.came_by.issuperset(item.name for item in self.items)

    def since_news(self, call: Imagined) -> int:
        """Calls that have just discovered something come first."""
        return len(call.steps) + DEEPEST * (call.steps not in self.news)

    def look_at(self, call: Imagined) -> bool:
        """Note what this call has come to; is there a reason to go on from it?"""
        fresh = call.rested.came_by - self.came_by
        like = (self.only_answers, self.likeness.of(call.rested.state))
        if not fresh and like in self.seen:  # alike, they end alike
            return False
        self.deepest = max(self.deepest, len(call.steps))
        self.came_by |= fresh
        if fresh:
            self.news.add(call.steps)
        self.seen.add(like)
        for steps, facts in ends(self.script, call):
            self.offer(steps, facts)
        return call.rested.state.phase == "answered" and len(call.steps) < DEEPEST

    # --- what the caller may do --------------------------------------------------------------------------------------

    def turns(self, state: State) -> Iterator[Step]:
        if state.transfer:
            yield from (caller.TransferOk(True), caller.TransferOk(False))
            return
        if state.hold:
            yield from (caller.Hold("ok"), caller.Hold("failed"))
            return
        stage = self.script.stages[state.stage]
        closing = state.after.kind == "hang_up"
        for kind in self.sayings.at(stage):
            saying = self.one_of(kind, state.facts)
            if saying and (not closing or saying.ids in LAST_WORDS):
                yield caller.Say(saying.text)
        if not closing:
            yield caller.Silence(True)
            yield from (caller.Dtmf(keys) for keys in self.keys(stage, state))

    def one_of(self, kind: Kind, facts: Facts) -> Saying | None:
        """The one that may discover something, else the one said least, so that all have their turn in time. A
        question is asked once.
        """
        left = [saying for saying in kind if not saying.ids & set(facts.interest) and self.fits(saying, facts)]
        saying = min(left, key=lambda each: (self.is_known(each), self.used.get(each.text, 0)), default=None)
        if saying:
            self.used[saying.text] = self.used.get(saying.text, 0) + 1
        return saying

    def fits(self, saying: Saying, facts: Facts) -> bool:
        return not (saying.by_machine and facts.spoke) and (saying.answers or not self.only_answers)

    def is_known(self, saying: Saying) -> bool:
        return all(f"branch {path}" in self.came_by for path in saying.branches)

    def keys(self, stage: Stage, state: State) -> Iterator[str]:
        rules = (*stage.expect, *self.script.always, *self.script.answers)
        yield from dict.fromkeys("".join(rule.press for rule in rules))
        slots = (*stage.fill, *([state.focus.slot] if state.focus.slot else []))
        if any(self.script.slots[name].type in ("digits", "number") for name in slots):
            yield f"{NUMBER}#"

    # --- what it comes to --------------------------------------------------------------------------------------------

    def offer(self, steps: tuple[Step, ...], facts: Facts) -> None:
        """A call that seems to end like this: is it the first to end in its rule?"""
        wanted = (rule for name, rule in self.rules.items() if name not in self.best)
        if not any(rule.when.holds(facts) for rule in wanted):
            return
        rule = next(rule.id for rule in self.rules.values() if rule.when.holds(facts))
        doubted = self.doubted.get((rule, len(steps)), 0)
        if rule not in self.best and doubted < MOST_DOUBTED:
            self.prove(steps)
            self.doubted[rule, len(steps)] = doubted + 1

    def prove(self, steps: tuple[Step, ...]) -> None:
        """Play the call as every call is played; the grade that it has there is what counts."""
        played = simulate(self.script, replace(self.call, steps=steps))
        rule = self.rules.get(played.grade.rule)
        if rule and rule.id not in self.best:
            call = replace(self.call, call_id=rule.id, steps=steps)
            self.best[rule.id] = Witness(rule, call, replace(played, header=replace(played.header, call_id=rule.id)))

    def found(self) -> Found:
        return Found(
            tuple(self.best[name] for name in self.rules if name in self.best),
            tuple(rule for name, rule in self.rules.items() if name not in self.best),
            tuple(item for item in self.items if item.name not in self.came_by),
            self.tried,
            self.deepest,
            self.exhausted,
        )


def _turns_taken(call: Imagined) -> int:
    return len(call.steps)


def _towards(rule: Rule) -> Callable[[Imagined], int]:
    """Near to the rule counts more than short."""
    return lambda call: len(call.steps) + NEARNESS * distance(rule.when, call.rested.state.facts)


LAST_WORDS = (frozenset({"refuse"}), frozenset({"do_not_call"}), frozenset({"give_time"}))
"""What is tried over a goodbye: words that take back what was agreed, or name another time."""


def _setups(sayings: Sayings) -> Iterator[tuple[Step, ...]]:
    """Calls that no human answers: announcements, codes, ringing out, a machine."""
    for saying in sayings.announcements():
        yield caller.EarlyMedia(saying.text), caller.Failed(caller.Failure(480))
    causes = {disposition: caller.Failure(q850=code) for code, disposition in reversed(CAUSES.items())}
    statuses = {disposition: caller.Failure(sip) for sip, disposition in reversed(STATUSES.items())}
    for failure in (causes | statuses).values():
        yield (caller.Failed(failure),)
    for sip in AFTER_RINGING:
        yield caller.EarlyMedia(""), caller.Failed(caller.Failure(sip))
    yield (caller.EarlyMedia(""),)
    yield (caller.Answered(caller.Answer("machine")),)


def _items(script: Script) -> Iterator[Item]:
    for stage in script.stages.values():
        yield Item(f"stage {stage.name}", stage.mark)
    for rule in script.rules.values():
        yield Item(f"branch {rule.path}", rule.mark)
    for stage in script.stages.values():
        yield from (Item(f"branch {recovery.path}", recovery.mark) for recovery in stage.recover)
