"""A call script as the engine runs it: frozen data, checked, with every reference resolved.

`engine.language.load` makes it from YAML, of the parts in `engine.language.stage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from engine.grading.grade import Scheme
from engine.language.stage import Limits, Rule, Slot, Stage, Variable
from engine.understanding.grammar import Grammar, Matcher

if TYPE_CHECKING:
    from engine.calls.machine import Edge, Graph


@dataclass(frozen=True)
class Script:
    name: str
    title: str
    language: str
    sha256: str
    """Over the script and everything it was made from; a call names it in its log."""
    start: str
    stages: Mapping[str, Stage]
    always: tuple[Rule, ...]
    answers: tuple[Rule, ...]
    variables: Mapping[str, Variable]
    slots: Mapping[str, Slot]
    limits: Limits
    refused: str
    """The stage where a refused call closes."""
    words: frozenset[str]
    """Phrases that `always` and `answers` listen for, beside the intents."""
    grammars: tuple[Grammar, ...]
    scheme: Scheme
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Every rule by its path."""

    @cached_property
    def sure(self) -> frozenset[str]:
        """The variables that have a value in every call."""
        return frozenset(name for name, each in self.variables.items() if each.required or each.default)

    @cached_property
    def all_words(self) -> frozenset[str]:
        """Every phrase that is listened for beside the intents, wherever that is."""
        return self.words.union(*(stage.words for stage in self.stages.values()))

    @cached_property
    def listened(self) -> Mapping[str, frozenset[str]]:
        """The phrases that each stage listens for beside the intents: its own and those heard everywhere."""
        return {name: stage.words | self.words for name, stage in self.stages.items()}

    @cached_property
    def interest(self) -> frozenset[str]:
        """The intents that are interest questions."""
        return frozenset(
            intent.id for grammar in self.grammars for intent in grammar.intents if intent.group == "interest"
        )

    @cached_property
    def always_for(self) -> Mapping[str, tuple[int, ...]]:
        """Which rules of `always` hear an intent, by their places."""
        return _by_intent(self.always)

    @cached_property
    def answers_for(self) -> Mapping[str, tuple[int, ...]]:
        """The same of `answers`."""
        return _by_intent(self.answers)

    @cached_property
    def lexicon(self) -> Matcher:
        """What can be understood; built on first use, like the graph, since checking a script needs neither."""
        from engine.understanding.lexicon import Lexicon  # noqa: PLC0415  the matcher is a quarter of the start-up of a command

        return Lexicon(self.grammars, words=self.all_words)

    @cached_property
    def graph(self) -> Graph:
        """Where each rule leads from each stage."""
        from engine.calls.machine import Graph  # noqa: PLC0415  like the matcher, only calls need it

        return Graph(self.stages, self.edges(), self.start)

    def edges(self) -> list[Edge]:
        """(stage, trigger, stage) for everything that can move a call; the trigger is the rule's path or a word."""
        return (
            [edge for stage in self.stages.values() for edge in self._edges_of(stage)]
            + [("*", trigger, target) for rule in (*self.always, *self.answers) for trigger, target in _exits(rule)]
            + [("*", trigger, target) for trigger, target in (("limit", self.limits.then), ("refused", self.refused))]
        )

    def _edges_of(self, stage: Stage) -> list[Edge]:
        targets = [exit_ for rule in stage.expect for exit_ in _exits(rule)]
        for recovery in stage.recover:
            targets += [exit_ for rule in recovery.expect for exit_ in _exits(rule)]
            targets.append((recovery.path, recovery.go))
        targets += [(f"skip.{number}", target) for number, (_, target) in enumerate(stage.skip, 1)]
        targets += [("next", stage.go), ("silence", stage.silence.then), ("no_match", stage.no_match.then)]
        if stage.confirm:
            targets.append(("unsure", stage.confirm.unsure))
        return [(stage.name, trigger, target) for trigger, target in targets if target]


def _by_intent(rules: tuple[Rule, ...]) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for place, rule in enumerate(rules):
        for name in rule.hear:
            places[name] = (*places.get(name, ()), place)
    return places


def _exits(rule: Rule) -> list[tuple[str, str]]:
    """The triggers of one rule with the stages they lead to."""
    exits = ((rule.path, rule.go), (f"{rule.path}.else", rule.otherwise), (f"{rule.path}.over", rule.over))
    return [(trigger, target) for trigger, target in exits if target]
