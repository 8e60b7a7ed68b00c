"""What no conversation test ever reached: stages, branches, phrases of the script, and rules of its grading scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from engine.calls.actions import Entered, Matched, Play, Took
from engine.calls.log import Entry
from engine.content.shape import Text
from engine.content.source import Mark
from engine.grading.grade import Grade
from engine.language.places import places
from engine.language.prompts import GAP
from engine.language.script import Script
from engine.trial.conversation import Suite
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


class Run(Protocol):
    """A call that was played."""

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    @property
    def grade(self) -> Grade | None: ...


def cover(suites: Iterable[Suite]) -> list[Coverage]:
    """The coverage of each script by all its suites together."""
    by_script: dict[str, tuple[Script, set[str]]] = {}
    for suite in suites:
        if suite.script is not None:
            seen = by_script.setdefault(suite.script.sha256, (suite.script, set()))[1]
            seen.update(name for tested in suite.tested for name in reached(tested))
    return [each for script, seen in by_script.values() for each in cover_script(script, seen)]


def cover_grammars(grammars: Iterable[Grammar], hit: AbstractSet[tuple[str, str]]) -> Iterator[Coverage]:
    """The phrases of each grammar that utterance tests hit, given as (intent, phrase)."""
    for grammar in grammars:
        phrases = [(intent.id, phrase.text) for intent in grammar.intents for phrase in intent.phrases]
        missed = tuple(Item(f"{intent} {text}", _place(text)) for intent, text in phrases if (intent, text) not in hit)
        yield Coverage(grammar.name, "phrases", len(phrases) - len(missed), len(phrases), missed)


def _place(text: str) -> Mark | None:
    """What was read from a file knows where it stands."""
    return text.mark if isinstance(text, Text) else None


def cover_script(script: Script, seen: AbstractSet[str]) -> Iterator[Coverage]:
    """What of a script was reached, given what its calls have `reached`."""
    kinds: dict[str, list[Item]] = {
        "stages": [Item(f"stage {name}", stage.mark) for name, stage in script.stages.items()],
        "branches": [*_branches(script)],
        "phrases": [*_phrases(script)],
        "grade rules": [Item(f"grade {rule.id}", rule.mark) for rule in script.scheme.rules],
    }
    for kind, items in kinds.items():
        missed = tuple(item for item in items if item.name not in seen)
        yield Coverage(script.name, kind, len(items) - len(missed), len(items), missed)


def cover_prompts(script: Script, played: Iterable[str]) -> Coverage:
    """The wordings of a script that were said, given the texts of all parts that were played."""
    texts = set(played)
    items: dict[str, Item] = {}
    for place in places(script):
        for wording in place.prompt:
            text = "".join(part.text for part in wording)
            if text:
                items.setdefault(text, Item(text, place.mark))
    missed = tuple(item for text, item in items.items() if text not in texts and not _said(text, texts))
    return Coverage(script.name, "prompts", len(items) - len(missed), len(items), missed)


def _said(text: str, played: AbstractSet[str]) -> bool:
    """Was a wording of several parts, or one with gaps, among what was played?"""
    if not GAP.search(text):
        return False
    pattern = re.compile(".*".join(re.escape(piece) for piece in GAP.sub("\0", text).split("\0")), re.DOTALL)
    return any(pattern.fullmatch(each) for each in played)


def _branches(script: Script) -> Iterator[Item]:
    for rule in script.rules.values():
        yield Item(f"branch {rule.path}", rule.mark)
    for stage in script.stages.values():
        for recovery in stage.recover:
            yield Item(f"branch {recovery.path}", recovery.mark)


def _phrases(script: Script) -> Iterator[Item]:
    """The script's own words; those of the grammars are covered by their utterance tests."""
    for rule in script.rules.values():
        for word in sorted(rule.hear & script.all_words):
            yield Item(f"phrase {word} in {rule.path}", rule.mark)


def reached(run: Run) -> Iterator[str]:
    """The names of what this call has come to."""
    if run.grade:
        yield f"grade {run.grade.rule}"
    for entry in run.entries:
        heard = [hit.phrase for action in entry.actions if isinstance(action, Matched) for hit in action.hits]
        for action in entry.actions:
            if isinstance(action, Entered):
                yield f"stage {action.stage}"
            elif isinstance(action, Took):
                yield f"branch {action.rule}"
                yield from (f"phrase {phrase} in {action.rule}" for phrase in heard)


def spoken(run: Run) -> Iterator[str]:
    """The texts that the bot has said."""
    for entry in run.entries:
        for action in entry.actions:
            if isinstance(action, Play):
                yield from (part.text for part in action.parts if part.text)
                yield action.text
