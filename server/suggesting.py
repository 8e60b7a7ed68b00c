"""`huashu suggest`: what callers said in recorded calls that no intent covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from engine.calls.actions import Entered, Filled, Matched
from engine.calls.log import Log
from engine.understanding.grammar import Grammar, Hit, Matcher
from engine.understanding.lexicon import Lexicon
from engine.understanding.suggest import Suggestion, Unknown, suggestions
from server.content import shipped_grammars
from server.logs import logs_in
from server.output import OK, PROBLEMS, USAGE, all_there, error, line, usable_script

MOST_SPELLINGS = 5
"""How many of the other spellings people are shown."""


def suggest(paths: tuple[Path, ...], script_path: Path | None, at_least: int, *, as_json: bool) -> int:
    """Collect what was not understood, and leave out what would be by now."""
    if not all_there(paths):
        return USAGE
    grammars: tuple[Grammar, ...]
    words = frozenset[str]()
    if script_path:
        script = usable_script(script_path)
        if script is None:
            return PROBLEMS
        grammars, lexicon = script.grammars, script.lexicon
        words = script.all_words
    else:
        grammars = shipped_grammars()
        lexicon = Lexicon(grammars)
    status, calls, unknown = OK, 0, list[Unknown]()
    for _, log in logs_in(paths):
        if isinstance(log, str):
            error(log)
            status = PROBLEMS
            continue
        calls += 1
        unknown += [each for each in unknown_in(log) if not _understood(lexicon, each.text, words)]
    found = suggestions(unknown, grammars)
    _tell([each for each in found if each.count >= at_least], calls, len(unknown), as_json=as_json)
    return status


def unknown_in(log: Log) -> Iterator[Unknown]:
    """The utterances of a call that carried no intent and filled no slot, each with the stage in which it was said."""
    stage = ""
    for entry in log.entries:
        filled = any(isinstance(action, Filled) for action in entry.actions)
        for action in entry.actions:
            if isinstance(action, Matched) and not filled and not _means(action.hits, action.disposition):
                yield Unknown(action.text, stage)
        for action in entry.actions:
            if isinstance(action, Entered):
                stage = action.stage


def _understood(lexicon: Matcher, text: str, words: frozenset[str]) -> bool:
    understood = lexicon.understand(text, words=words)
    return _means(understood.hits, understood.disposition)


def _means(hits: Iterable[Hit], disposition: str) -> bool:
    return bool(disposition) or any(not hit.negated for hit in hits)


def _tell(found: list[Suggestion], calls: int, utterances: int, *, as_json: bool) -> None:
    for each in found:
        if as_json:
            line(_json(each))
        else:
            click.echo("\n".join(_lines(each)))
    if not as_json:
        click.echo(f"utterances without an intent: {utterances}, calls: {calls}, shown: {len(found)}")


def _lines(each: Suggestion) -> Iterator[str]:
    yield f"heard {_times(each.count)}, no intent: {each.text}"
    yield "  in " + ", ".join(f"{stage or 'the time before the answer'} {count}" for stage, count in each.stages)
    if len(each.said) > 1:
        others = [f"{text} ({count})" for text, count in each.said[1 : MOST_SPELLINGS + 1]]
        more = len(each.said) - 1 - len(others)
        yield "  also " + ", ".join(others) + (f" and {more} more" if more else "")
    if near := each.nearest:
        yield f"  nearest: {near.id}, by '{near.phrase}' ({near.likeness:.0%} alike)"


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _json(each: Suggestion) -> dict[str, object]:
    near = each.nearest
    return {
        "text": each.text,
        "count": each.count,
        "stages": dict(each.stages),
        "said": dict(each.said),
        "nearest": {"id": near.id, "phrase": near.phrase, "likeness": near.likeness} if near else None,
    }
