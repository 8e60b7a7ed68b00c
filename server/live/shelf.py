"""The scripts that calls can begin with, by name.

A script is taken up again when its files change. A bad edit never replaces a good script: the last good one stays, and
the problems are told. Calls in progress hold on to the script they began with, since a script is frozen data. Whatever
a call ran with is kept under its hash, sources and all, so that the call can be replayed years later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.content.source import Problem
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files, first_key, undisturbed
from server.kept import keep
from server.live.expected import Expectations


class Sources(Files):
    """Reads files and remembers what they held, since that is what the script was made of."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | str:
        data = super().read(path)
        if isinstance(data, bytes):
            self.held[os.path.normpath(path)] = data
        return data


@dataclass(frozen=True)
class Shelved:
    """A script that calls may begin with."""

    script: Script
    path: Path
    sources: dict[str, bytes] = field(repr=False)
    expectations: Expectations = field(repr=False)

    def given(self, *brought: Mapping[str, str]) -> dict[str, str]:
        """What was brought of the script's variables; the last one to bring it has the say."""
        found: dict[str, str] = {}
        for each in brought:
            found |= {name: value for name, value in each.items() if name in self.script.variables}
        return found

    def changed(self) -> bool:
        """Does any of its files differ from what was read?"""
        return any(Files().read(path) != data for path, data in self.sources.items())


class Shelf:
    """All scripts of a folder. `load` reads files, so call it beside the event loop."""

    def __init__(self, folder: Path, kept: Path | None = None) -> None:
        self.folder = folder
        self.kept = kept
        """Where the sources of every script that calls can begin with are kept."""
        self.scripts: dict[str, Shelved] = {}
        self.problems: dict[str, tuple[Problem, ...]] = {}
        """Of each script file that cannot be used as it stands now."""

    def load(self) -> list[str]:
        """Take up what is new or changed, and return the names of those scripts. Raises OSError where what they are
        made of cannot be kept.
        """
        taken: list[str] = []
        problems: dict[str, tuple[Problem, ...]] = {}
        for path in self._files():
            name = path.stem
            known = self.scripts.get(name)
            if known and not known.changed():
                continue
            shelved, found = take_up(path)
            if shelved:
                if self.kept:
                    keep(self.kept, shelved.script.sha256, path, shelved.sources)
                self.scripts = {**self.scripts, name: shelved}  # the event loop may be looking through the old one
                taken.append(name)
            else:
                problems[name] = found
        self.problems = problems
        return taken

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.folder.glob("*.yaml")):
            try:
                with path.open("rb") as opened:
                    kind = first_key(opened.read(4096))
            except OSError:
                continue
            if kind == "script" or path.stem in self.scripts or not kind:
                yield path

    def find(self, name: str) -> Shelved | str:
        """The script of this name, or why there is none."""
        shelved = self.scripts.get(name)
        if shelved:
            return shelved
        if name in self.problems:
            return f"the script {name!r} has problems; run: huashu check {self.folder / name}.yaml"
        known = ", ".join(self.scripts) or "none"
        return f"no script {name!r} (there are: {known})"


UNHEARD_OF = "葡萄藤缠篱笆"
"""Words that no script knows, for which everything is tried."""


def take_up(path: Path) -> tuple[Shelved | None, tuple[Problem, ...]]:
    """Load a script and make it ready to hear the first words of a call without delay."""
    with undisturbed():
        return _taken_up(path, Sources())


def _taken_up(path: Path, sources: Sources) -> tuple[Shelved | None, tuple[Problem, ...]]:
    script, problems = load_script(str(path), sources)
    if script is None:
        return None, tuple(each for each in problems if each.severity == "error")
    script.lexicon.understand(UNHEARD_OF)
    script.graph.next(script.start, "next")
    return Shelved(script, path, sources.held, Expectations(script)), ()
