"""From files to a script: read, include, merge, build, check. All problems come out in one run.

The engine opens no file itself. It is handed a `Library`, which finds and reads; so a script can as well come from a
folder, a package, a database or a test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol, cast

from engine.content.shape import Fields, Shape, Text, read, suggest
from engine.content.source import Mark, Node, Problem, parse
from engine.grading.grade import Scheme
from engine.grading.load_scheme import scheme_from
from engine.language.build import STOP_WORDS, Defaults, barge_in, no_match, rules, silence, slot, stage, variable
from engine.language.check import check
from engine.language.keys import PART, SCRIPT
from engine.language.refer import Names
from engine.language.script import Script
from engine.language.stage import BargeIn, Limits, NoMatch, Rule, Silence, Stage
from engine.understanding.grammar import Grammar, announced
from engine.understanding.load_grammar import grammar_from, intents_from


class Library(Protocol):
    """Where content comes from. Paths are opaque to the engine and stand in messages as they are."""

    def read(self, path: str) -> bytes | str:
        """The file's bytes, or why it cannot be read."""

    def beside(self, file: str, path: str) -> str:
        """The path of what `file` calls `path`."""

    def exists(self, path: str) -> bool: ...

    def find(self, folder: str, name: str, file: str) -> str:
        """The path of the content `name` in `grammars` or `scripts/schemes`, seen from `file`; empty for none."""

    def names(self, folder: str, file: str) -> list[str]:
        """What `find` would find."""


GrammarReader = Callable[[Node, list[Problem]], Grammar | None]


@dataclass
class Loading:
    """One load in progress."""

    library: Library
    read_grammar: GrammarReader = grammar_from
    problems: list[Problem] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    files: list[str] = field(default_factory=list)
    partial: bool = False
    """Something could not be read. It has been told once; what refers to it is no mistake of its own."""

    def data(self, path: str, mark: Mark | None = None) -> bytes | None:
        """What is in a file; `mark` is where it is asked for."""
        data = self.library.read(path)
        if isinstance(data, str):
            hint = "paths count from the folder of the file in which they stand" if mark else ""
            self.problems.append(Problem(mark or Mark(path, 1, 1), data, hint))
            return None
        self.digest.update(len(data).to_bytes(8, "big"))
        self.digest.update(data)
        self.files.append(path)
        return data

    def node(self, path: str, mark: Mark | None = None) -> Node | None:
        """The same as nodes."""
        data = self.data(path, mark)
        if data is None:
            return None
        node, problems = parse(data, path)
        self.problems += problems
        return node

    def grammar(self, path: str, mark: Mark) -> Grammar | None:
        data = self.data(path, mark)
        if data is None:
            return None
        grammar, problems = _grammar(self.read_grammar, path, data)
        self.problems += problems
        return grammar

    def fields(self, path: str, shape: Shape, mark: Mark | None = None) -> Fields | None:
        node = self.node(path, mark)
        value = read(shape, node, self.problems) if node else None
        self.partial = self.partial or value is None
        return value if isinstance(value, Fields) else None

    def found(self, folder: str, name: Text) -> str:
        """The path of a grammar or a scheme."""
        path = self.library.find(folder, name, name.mark.file)
        if not path:
            known = self.library.names(folder, name.mark.file)
            what = {"grammars": "grammar", "scripts/schemes": "scheme"}[folder]
            hint = suggest(name, known) or f"there are: {', '.join(known)}"
            self.problems.append(Problem(name.mark, f"no {what} '{name}'", hint))
        return path


def load_script(
    path: str, library: Library, grammars: GrammarReader = grammar_from
) -> tuple[Script | None, list[Problem]]:
    """The script in this file with all it includes, or None, and every problem found in it and in them.

    With `outline_from` for `grammars` a script is only checked: it cannot understand anything.
    """
    loading = Loading(library, grammars)
    own = loading.fields(path, SCRIPT)
    if own is None:
        return None, loading.problems
    parts = [own, *_parts(loading, own, path, (path,))]
    script = _assemble(loading, own, parts)
    errors = any(problem.severity == "error" for problem in loading.problems)
    return (None if errors else script), loading.problems


def load_part(path: str, library: Library) -> list[Problem]:
    """The problems of a part by itself: its shape; what it refers to is only known in the script that includes it."""
    loading = Loading(library)
    loading.fields(path, PART)
    return loading.problems


def _parts(loading: Loading, fields: Fields, path: str, chain: tuple[str, ...]) -> Iterator[Fields]:
    """What a file includes, depth first, each file once."""
    for name in cast("list[Text]", fields.get("include", [])):
        found = loading.library.beside(path, name)
        if found in chain:
            loading.problems.append(Problem(name.mark, f"'{name}' includes itself", " → ".join((*chain, found))))
        elif found not in loading.files:
            part = loading.fields(found, PART, name.mark)
            if part is not None:
                yield part
                yield from _parts(loading, part, found, (*chain, found))


# --- merging ---------------------------------------------------------------------------------------------------------


def _merged(loading: Loading, parts: list[Fields], key: str) -> Fields:
    """The named things of a script and its parts. The script's own come first and replace a part's of the same name."""
    merged = Fields(parts[0].mark)
    for number, part in enumerate(parts):
        fields = part.get(key)
        if not isinstance(fields, Fields):
            continue
        loading.partial = loading.partial or not fields.whole
        for name, value in fields.items():
            mark = fields.key_marks[name]
            if name not in merged:
                merged.put(Text(name, mark), value)
            elif number and merged.key_marks[name].file != parts[0].mark.file:
                first = merged.key_marks[name]
                loading.problems.append(Problem(mark, f"{key[:-1]} '{name}' is included twice", f"first from {first}"))
    return merged


def _joined(parts: list[Fields], key: str) -> list[object]:
    """The lists of a script and its parts, one after the other, so that the script's own rules are tried first."""
    return [item for part in parts for item in cast("list[object]", part.get(key, []))]


def _setting(parts: list[Fields], key: str) -> list[object]:
    """A setting from the most general part to the script's own."""
    return [part[key] for part in reversed(parts) if key in part]


# --- assembling ------------------------------------------------------------------------------------------------------


def _assemble(loading: Loading, own: Fields, parts: list[Fields]) -> Script:
    grammars = _grammars(loading, own, parts)
    stages, variables, slots = (_merged(loading, parts, key) for key in ("stages", "variables", "slots"))
    loading.partial = loading.partial or "stages" not in own
    names = Names(
        loading.problems,
        intents={
            announced(intent.id) if intent.group == "announcement" else intent.id: intent.group
            for grammar in grammars
            for intent in grammar.intents
        },
        stages=cast("Mapping[str, Fields]", stages),
        marks=stages.key_marks,
        variables=variables,
        slots=slots,
        partial=loading.partial,
        recording=lambda path: _recording(loading, path),
    )
    defaults = _defaults(names, own, parts)
    built = {name: stage(names, name, fields, defaults) for name, fields in names.stages.items()}
    always = rules(names, _joined(parts, "always"), "always")
    answers = rules(names, _joined(parts, "answers"), "answers")
    common_words = frozenset().union(*(rule.hear for rule in (*always, *answers))) - set(names.intents)
    script = Script(
        name=str(own.get("script", "")),
        title=str(own.get("title", own.get("script", ""))),
        language=str(own.get("language", "zh-CN")),
        sha256="",
        start=names.stage(own.get("start")) or next(iter(built), ""),
        stages=built,
        always=always,
        answers=answers,
        variables={n: variable(names, n, cast(Fields, fields)) for n, fields in names.variables.items()},
        slots={n: slot(names, n, cast(Fields, fields)) for n, fields in names.slots.items()},
        limits=_limits(names, parts, defaults.goodbye),
        refused=names.stage(own.get("refused")) or defaults.goodbye,
        words=common_words,
        grammars=tuple(grammars),
        scheme=_scheme(loading, own),
        rules={rule.path: rule for rule in _all_rules(always, answers, built.values())},
    )
    loading.problems += [] if loading.partial else check(script, own.mark.file)
    return replace(script, sha256=loading.digest.hexdigest())


def _all_rules(always: tuple[Rule, ...], answers: tuple[Rule, ...], stages: Iterable[Stage]) -> Iterator[Rule]:
    yield from always
    yield from answers
    for each in stages:
        yield from each.expect
        for recovery in each.recover:
            yield from recovery.expect


@lru_cache(32)
def _grammar(read_grammar: GrammarReader, path: str, data: bytes) -> tuple[Grammar | None, tuple[Problem, ...]]:
    """Scripts share their grammars, so each is read once, as long as it stays as it is."""
    node, problems = parse(data, path)
    return (read_grammar(node, problems) if node else None), tuple(problems)


def _grammars(loading: Loading, own: Fields, parts: list[Fields]) -> list[Grammar]:
    """The grammars a script names, or all that are shipped, and its own intents as one more."""
    here = own.mark
    wanted = cast("list[Text]", own.get("grammars")) or [
        Text(name, here) for name in loading.library.names("grammars", here.file)
    ]
    grammars = []
    for name in wanted:
        path = loading.found("grammars", name)
        grammar = loading.grammar(path, name.mark) if path else None
        if grammar is not None:
            grammars.append(grammar)
        loading.partial = loading.partial or grammar is None
    intents = _merged(loading, parts, "intents")
    return [*grammars, intents_from(intents, loading.problems)] if intents else grammars


def _scheme(loading: Loading, own: Fields) -> Scheme:
    name = own.get("grading", Text("standard", own.mark))
    path = loading.found("scripts/schemes", cast(Text, name))
    node = loading.node(path) if path else None
    scheme = scheme_from(node, loading.problems) if node else None
    return scheme or Scheme(str(name))


def _defaults(names: Names, own: Fields, parts: list[Fields]) -> Defaults:
    goodbye = names.stage(own.get("goodbye"))
    quiet, missed = Silence(then=goodbye), NoMatch(then=goodbye)
    cut = BargeIn(never=frozenset({"neutral"}), always=STOP_WORDS)
    for value in _setting(parts, "silence"):
        quiet = silence(names, value, quiet)
    for value in _setting(parts, "no_match"):
        missed = no_match(names, value, missed)
    for value in _setting(parts, "barge_in"):
        cut = barge_in(names, value, cut)
    refusal = names.heard(own.get("refusal"), words_allowed=False)[0] or frozenset({"refuse", "deny"})
    return Defaults(quiet, missed, cut, refusal, goodbye)


def _limits(names: Names, parts: list[Fields], goodbye: str) -> Limits:
    limits = Limits(then=goodbye)
    for value in _setting(parts, "limits"):
        given = {key: number for key, number in cast(Fields, value).items() if isinstance(number, int)}
        then = names.stage(cast(Fields, value).get("then")) or limits.then
        limits = replace(limits, then=then, **given)
    return limits


def _recording(loading: Loading, path: Text) -> str:
    found = loading.library.beside(path.mark.file, path)
    if not loading.library.exists(found):
        loading.problems.append(Problem(path.mark, f"no recording '{path}'", f"looked for {found}"))
    return _seen_from(loading.library.beside(loading.files[0], "."), found)


def _seen_from(folder: str, path: str) -> str:
    """The same path as it is written in a file of that folder, wherever both are."""
    here, there = ([] if each == "." else each.replace("\\", "/").split("/") for each in (folder, path))
    shared = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    return "/".join([".."] * (len(here) - shared) + there[shared:])
