"""What no conversation test ever reached: stages, branches, phrases of the script, and rules of its grading scheme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from engine.calls.actions import Entered, Matched, Took
from engine.content.shape import Text
from engine.content.source import Mark
from engine.language.script import Script
from engine.trial.conversation import Suite, Tested
from engine.understanding.grammar import Grammar


@dataclass(frozen=True, slots=True)
class Item:
    """Something a test can reach."""

    name: str
    mark: Mark | None = None
    """Where it stands, as far as that is known."""


@dataclass(frozen=True, slots=True)
class Coverage:
    script: str
    kind: str
    """stages, branches, phrases or grade rules."""
    reached: int
    of: int
    missed: tuple[Item, ...]


def cover(suites: Iterable[Suite]) -> list[Coverage]:
    """The coverage of each script by all its suites together."""
    by_script: dict[str, tuple[Script, list[Tested]]] = {}
    for suite in suites:
        if suite.script is not None:
            by_script.setdefault(suite.script.sha256, (suite.script, []))[1].extend(suite.tested)
    return [each for script, tested in by_script.values() for each in _cover_script(script, tested)]


def cover_grammars(grammars: Iterable[Grammar], hit: AbstractSet[tuple[str, str]]) -> Iterator[Coverage]:
    """The phrases of each grammar that utterance tests hit, given as (intent, phrase)."""
    for grammar in grammars:
        phrases = [(intent.id, phrase.text) for intent in grammar.intents for phrase in intent.phrases]
        missed = tuple(Item(f"{intent} {text}", _place(text)) for intent, text in phrases if (intent, text) not in hit)
        yield Coverage(grammar.name, "phrases", len(phrases) - len(missed), len(phrases), missed)


def _place(text: str) -> Mark | None:
    """What was read from a file knows where it stands."""
    return text.mark if isinstance(text, Text) else None


def _cover_script(script: Script, tested: list[Tested]) -> Iterator[Coverage]:
    seen = set(_seen(tested))
    kinds: dict[str, list[Item]] = {
        "stages": [Item(f"stage {name}", stage.mark) for name, stage in script.stages.items()],
        "branches": [*_branches(script)],
        "phrases": [*_phrases(script)],
        "grade rules": [Item(f"grade {rule.id}", rule.mark) for rule in script.scheme.rules],
    }
    for kind, items in kinds.items():
        missed = tuple(item for item in items if item.name not in seen)
        yield Coverage(script.name, kind, len(items) - len(missed), len(items), missed)


def _branches(script: Script) -> Iterator[Item]:
    for rule in script.rules.values():
        yield Item(f"branch {rule.path}", rule.mark)
    for stage in script.stages.values():
        for recovery in stage.recover:
            yield Item(f"branch {recovery.path}", recovery.mark)


def _phrases(script: Script) -> Iterator[Item]:
    """The script's own words; those of the grammars are covered by their utterance tests."""
    own = script.words.union(*(stage.words for stage in script.stages.values()))
    for rule in script.rules.values():
        for word in sorted(rule.hear & own):
            yield Item(f"phrase {word} in {rule.path}", rule.mark)


def _seen(tested: Iterable[Tested]) -> Iterator[str]:
    for each in tested:
        if each.grade:
            yield f"grade {each.grade.rule}"
        for entry in each.entries:
            heard = [hit.phrase for action in entry.actions if isinstance(action, Matched) for hit in action.hits]
            for action in entry.actions:
                if isinstance(action, Entered):
                    yield f"stage {action.stage}"
                elif isinstance(action, Took):
                    yield f"branch {action.rule}"
                    yield from (f"phrase {phrase} in {action.rule}" for phrase in heard)
