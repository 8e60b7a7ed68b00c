"""What a script can bring about, and so what a grade rule may hope for: facts that no call of the script comes to.

A fact that a rule asks for may be out of reach because no stage, slot or intent has the name, because nothing in the
script makes it (a transfer without a rule that transfers), or because there is less of it than asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from engine.content.shape import Text, suggest
from engine.content.source import Problem
from engine.grading.condition import Condition, Includes, Is, Plain
from engine.grading.facts import FACTS, ROLES
from engine.grading.possible import Vocabulary, flag, member, number, word
from engine.grading.said import COUNTS, FLAGS, TELLS_NUMBER
from engine.language.script import Script
from engine.language.stage import Doing, Rule

OutOfReach = tuple[Condition, str]
"""What no call of a script fulfils, and why."""


class Reach:
    """What a script has, by the facts that it leads to."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.rules: tuple[Rule, ...] = tuple(script.rules.values())

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """Set or text fact → the names it can have; a fact that is not here can have any."""
        stages = self.script.stages
        intents = {intent.id for grammar in self.script.grammars for intent in grammar.intents}
        words = self.script.all_words
        slots = {name for rule in self.rules for name in (*rule.fill, *rule.need)}
        slots.update(name for stage in stages.values() for name in stage.fill)
        return {
            "visited": frozenset(stages),
            "ended_in_stage": frozenset(stages),
            "reached": frozenset(stage.role for stage in stages.values()),
            "heard": frozenset(intents) | words,
            "asked": self.script.interest,
            "filled": frozenset(slots),
        }

    @cached_property
    def doings(self) -> tuple[Doing, ...]:
        stages = self.script.stages.values()
        recoveries = (recovery.do for stage in stages for recovery in stage.recover)
        return (*(rule.do for rule in self.rules), *(stage.do for stage in stages), *recoveries)

    def hears(self, intent: str) -> bool:
        return intent in self.names["heard"]

    def wishes(self, channel: str) -> set[str]:
        """The states that the wish for material by this channel can have."""
        asks = self.hears("want_wechat" if channel == "wechat" else "want_material")
        own = any(do.wechat is not None if channel == "wechat" else do.sms or do.send for do in self.doings)
        sends = own or (asks and any(do.send for do in self.doings))
        states = {str(rule.contact) for rule in self.rules if rule.contact and (asks or channel == "sms")}
        states |= ({"passive"} if sends else set()) | ({"passive", "requested"} if asks else set())
        if states and any(self.hears(intent) for intent in TELLS_NUMBER):
            states.add("given")
        if states and self.hears("decline_contact"):
            states.add("declined")
        return {"none", *states}

    def invitations(self) -> set[str]:
        transfers = any(rule.transfer for rule in self.rules)
        states = {"pending"} if "invitation" in self.names["reached"] else set()
        states |= {"success"} if transfers or any(rule.accept for rule in self.rules) else set()
        states |= {"fail"} if states or any(rule.accept is False for rule in self.rules) else set()
        return {"none", *states}


def out_of_reach(script: Script, known: Vocabulary) -> Iterator[OutOfReach]:
    """All that the script cannot bring about, as far as `known` speaks of it."""
    reach = Reach(script)
    yield from _names(reach, known)
    yield from _intents(reach, known)
    yield from _actions(reach, known)
    yield from _states(reach)


def _names(reach: Reach, known: Vocabulary) -> Iterator[OutOfReach]:
    for variable in known.full:
        fact, _, name = variable.partition(":")
        if name and fact in reach.names and name not in reach.names[fact]:
            yield Condition((member(fact, name),)), unknown(fact, name)
    for fact in ("ended_in_stage", "ended_in_role"):
        had = reach.names["reached" if fact == "ended_in_role" else fact]
        for name in known.words[fact]:
            if name and name not in had:
                yield Condition((word(fact, name),)), unknown(fact, name)


_NOUNS = {
    "visited": "stage", "ended_in_stage": "stage", "reached": "stage of the role", "ended_in_role": "stage of the role",
    "heard": "intent", "asked": "interest question",
}  # fmt: skip


def unknown(fact: str, name: str) -> str:
    return f"nothing fills a slot '{name}'" if fact == "filled" else f"there is no {_NOUNS[fact]} '{name}'"


def _intents(reach: Reach, known: Vocabulary) -> Iterator[OutOfReach]:
    for intent, fact in COUNTS.items():
        if not reach.hears(intent):
            yield Condition((number(fact, 1),)), unknown("heard", intent)
    for intent, fact in FLAGS.items():
        removes = fact == "do_not_call" and any(do.do_not_call for do in reach.doings)
        if not reach.hears(intent) and not removes:
            yield Condition((flag(fact),)), unknown("heard", intent)
    questions = len(reach.script.interest)
    why = f"its grammars have {questions} interest question{'s' * (questions != 1)}"
    yield from _more(known, "interest_questions", questions, why)


def _more(known: Vocabulary, fact: str, most: int, why: str) -> Iterator[OutOfReach]:
    """More than the most that there can be, if anybody asks for it."""
    asked = next((cut for cut in known.cuts[fact] if cut > most), None)
    if asked is not None:
        yield Condition((number(fact, asked),)), why


def _states(reach: Reach) -> Iterator[OutOfReach]:
    possible = {"sms": reach.wishes("sms"), "wechat": reach.wishes("wechat"), "invitation": reach.invitations()}
    for fact, states in possible.items():
        for state in FACTS[fact].values:
            if state not in states:
                yield Condition((word(fact, state),)), f"nothing makes '{fact}' {state}"


def _actions(reach: Reach, known: Vocabulary) -> Iterator[OutOfReach]:
    if not any(rule.transfer for rule in reach.rules):
        yield Condition((word("transfer", "ok", "failed"),)), "no rule transfers the call"
    if not any(rule.hold_ms for rule in reach.rules):
        yield Condition((word("hold", "ok", "failed"),)), "no rule puts the caller on hold"
    if not any(do.callback for do in reach.doings):
        yield Condition((flag("callback_at"),)), "nothing orders a callback at a time told"
    offers = any(stage.recover for stage in reach.script.stages.values())
    most = reach.script.limits.recoveries if offers else 0
    yield from _more(known, "recoveries", most, f"it recovers at most {most} times")


def unknown_names(script: Script, tests: Iterable[Plain], each: Iterable[str]) -> Iterator[Problem]:
    """A warning for every name in a scheme that means nothing in this script; `each` are intents that give points."""
    names = Reach(script).names
    written = [(test.fact, value) for test in tests if isinstance(test, (Includes, Is)) for value in test.values]
    for fact, value in (*written, *(("heard", intent) for intent in each)):
        if isinstance(value, Text) and fact in names and value not in names[fact]:
            hint = "" if fact == "reached" and value in ROLES else suggest(value, names[fact])
            message = f"in script '{script.name}' {unknown(fact, value)}"
            yield Problem(value.mark, message, hint, "warning")
