"""`huashu check`: every kind of content file, all problems in one run."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from engine.content.shape import read, suggest
from engine.content.source import Mark, Node, Problem, parse
from engine.content.strict import strict
from engine.grading.grade import Scheme
from engine.grading.load_scheme import scheme_from
from engine.grading.load_trunks import trunks_from
from engine.inspection.load_inspection import inspection_from
from engine.language.analyse import analyse, analyse_use
from engine.language.load import load_part, load_script
from engine.language.script import Script
from engine.personas.load_personas import table_from
from engine.understanding.grammar import Grammar
from engine.understanding.load_grammar import check_grammars, grammar_from, outline_from
from server.content import SHIPPED, Files, first_key, shipped_intents, yaml_files
from server.output import USAGE, all_there, report


class Checking:
    """One run of `check`; the grammars found are checked against each other in the end."""

    def __init__(self, *, witness: bool = False) -> None:
        self.witness = witness
        """Scripts will be run, not only read."""
        self.library = Files()
        self.problems: list[Problem] = []
        self.grammars: list[Grammar] = []
        self.schemes: set[str] = set()
        self.scripts: dict[str, Script] = {}
        """The sound ones, by file."""

    def file(self, path: str) -> None:
        data = self.library.read(path)
        if isinstance(data, str):
            return self.problems.append(Problem(Mark(path, 1, 1), data))
        if b"?" in data and (node := parse(data, path)[0]):  # rare in Chinese, so this reads few files twice
            self.problems += strict(node)
        kind = first_key(data)
        if kind in KINDS:
            return KINDS[kind](self, path, data)
        _, problems = parse(data, path)
        return self.problems.extend(problems or [_unknown_kind(path, kind)])

    def script(self, path: str, _: bytes) -> None:
        script, problems = load_script(path, self.library, grammar_from if self.witness else _as_needed)
        self.problems += problems
        if script:
            self.scripts[path] = script
            self.grading(script.scheme)
            self.problems += analyse_use(script)

    def part(self, path: str, _: bytes) -> None:
        self.problems += load_part(path, self.library)

    def grammar(self, path: str, data: bytes) -> None:
        node, problems = parse(data, path)
        grammar = grammar_from(node, problems) if node else None
        self.problems += problems
        if grammar:
            self.grammars.append(grammar)

    def scheme(self, path: str, data: bytes) -> None:
        node, problems = parse(data, path)
        scheme = scheme_from(node, problems) if node else None
        self.problems += problems
        if scheme:
            self.grading(scheme)

    def grading(self, scheme: Scheme) -> None:
        """A scheme is thought through once, though several scripts grade by it."""
        file = next((rule.mark.file for rule in scheme.rules), "")
        if file not in self.schemes:
            self.schemes.add(file)
            self.problems += analyse(scheme)

    def tests(self, path: str, data: bytes) -> None:
        from server.schemas import SHAPES  # noqa: PLC0415  the shapes of tests bring the whole engine with them

        node, problems = parse(data, path)
        if node:
            read(SHAPES[first_key(data)], node, problems)
        self.problems += problems

    def trunks(self, path: str, data: bytes) -> None:
        node, problems = parse(data, path)
        if node:
            trunks_from(node, problems)
        self.problems += problems

    def personas(self, path: str, data: bytes) -> None:
        node, problems = parse(data, path)
        if node:
            table_from(node, problems)
        self.problems += problems

    def inspection(self, path: str, data: bytes) -> None:
        node, problems = parse(data, path)
        if node:
            inspection_from(node, problems, shipped_intents())
        self.problems += problems

    def scenario(self, path: str, _: bytes) -> None:
        from server.calling.scenario import load_scenario  # noqa: PLC0415  what test calls alone need

        self.problems += load_scenario(path, self.library)[1]


KINDS: dict[str, Callable[[Checking, str, bytes], None]] = {
    "script": Checking.script,
    "part": Checking.part,
    "grammar": Checking.grammar,
    "scheme": Checking.scheme,
    "conversations": Checking.tests,
    "utterances": Checking.tests,
    "scenario": Checking.scenario,
    "trunks": Checking.trunks,
    "personas": Checking.personas,
    "inspection": Checking.inspection,
}
"""By the first key of a file: how it is checked."""


def check_paths(paths: list[Path], *, as_json: bool, witness: bool = False) -> int:
    gc.disable()  # a short run that makes many small objects and drops none of them
    if not all_there(paths):
        return USAGE
    checking, checked = Checking(witness=witness), set[Path]()
    for path in paths:
        files = yaml_files([path])
        if not files:
            checking.problems.append(Problem(Mark(str(path), 1, 1), "this folder holds no YAML file"))
        for file in files:
            if (place := file.resolve()) not in checked:  # a grammar that is read twice would contradict itself
                checked.add(place)
                checking.file(str(file))
    checking.problems += check_grammars(checking.grammars) if checking.grammars else []
    if witness:
        from server.witnessing import tell_witnesses  # noqa: PLC0415  the search brings the whole engine with it

        checking.problems += tell_witnesses(checking.scripts, as_json=as_json)
    return report(checking.problems, as_json=as_json)


def _as_needed(node: Node, problems: list[Problem]) -> Grammar | None:
    """An author's own grammar is read whole, with all that is wrong in it; of a shipped one the outline is enough."""
    shipped = Path(node.mark.file).resolve().is_relative_to(SHIPPED)
    return outline_from(node, problems) if shipped else grammar_from(node, problems)


def _unknown_kind(path: str, key: str) -> Problem:
    likely = {"stages": "script", "title": "script", "intents": "grammar", "rules": "scheme", "calls": "conversations"}
    hint = f"begin with '{likely[key]}: NAME'" if key in likely else suggest(key, KINDS)
    return Problem(Mark(path, 1, 1), f"a file begins with one of: {', '.join(KINDS)}", hint)
