"""Where scripts and grammars lie on disk, and how they are read.

A name such as `grammars: [answers]` is looked for beside the script first (`grammars/` in its folder or one of the
folders above it) and then among the content that is shipped with huashu.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import engine
from engine.content.source import MAX_BYTES, parse
from engine.understanding.grammar import Grammar
from engine.understanding.load_grammar import grammar_from
from server.refusal import refusal

SHIPPED = Path(engine.__file__).resolve().parent.parent
"""The folder that holds `grammars/` and `scripts/`: the checkout, or where the wheel was unpacked."""
LEVELS_UP = 3


class Files:
    """The engine's `Library` on the file system."""

    def read(self, path: str) -> bytes | str:
        file = Path(path)
        try:
            if file.is_dir():
                return f"'{path}' is a folder (name a file in it, or check the folder as a whole)"
            with file.open("rb") as opened:
                return opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return f"no file '{path}'"
        except OSError as error:
            return f"'{path}' cannot be read: {refusal(error)}"

    def beside(self, file: str, path: str) -> str:
        return os.path.normpath(Path(file).parent / path)

    def exists(self, path: str) -> bool:
        return Path(path).is_file()

    def find(self, folder: str, name: str, file: str) -> str:
        if not name or "/" in name or "\\" in name or name.startswith("."):
            return ""
        candidates = (place / f"{name}.yaml" for place in self._places(folder, file))
        return next((os.path.normpath(path) for path in candidates if path.is_file()), "")

    def names(self, folder: str, file: str) -> list[str]:
        found = {path.stem for place in self._places(folder, file) for path in place.glob("*.yaml")}
        return sorted(found)

    def _places(self, folder: str, file: str) -> Iterator[Path]:
        here = Path(file).parent
        for _ in range(LEVELS_UP):
            yield here / folder
            here = here / ".."
        yield relative(SHIPPED / folder)


def relative(path: Path) -> Path:
    """A path as people would type it here, so that messages stay short and can be clicked."""
    return Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path


def yaml_files(paths: list[Path]) -> list[Path]:
    """The YAML files among and below these paths, each once, in order; hidden ones only where they are named."""
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(sorted(_below(path)) if path.is_dir() else [path])
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    """What is hidden, such as `.git` and `.venv`, is somebody else's."""
    for path in folder.rglob("*"):
        is_yaml = path.suffix in (".yaml", ".yml") and path.is_file()
        if is_yaml and not any(name.startswith(".") for name in path.relative_to(folder).parts):
            yield path


_FIRST_KEY = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:---)?[ \t]*+(?:#[^\r\n]*+)?(?:\r\n?+|\n))*+"  # remarks, and where a document begins
    rb""" *(["']?)([A-Za-z_]+)\1[ \t]*:"""
)


def first_key(data: bytes) -> str:
    """The first key of a file, which tells its kind; empty when it does not begin with one."""
    found = _FIRST_KEY.match(data)
    return found[2].decode() if found else ""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Loading makes many small objects and drops hardly any: it is not searched for garbage meanwhile, nor are these
    ever after, which would take longer than a caller may wait.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if searched:
            gc.enable()


def shipped_grammars() -> tuple[Grammar, ...]:
    """The grammars that lie beside this folder or are shipped. Their problems are for `check` to tell."""
    files = Files()
    paths = [files.find("grammars", name, "") for name in files.names("grammars", "")]
    nodes = (parse(Path(path).read_bytes(), path)[0] for path in paths)
    return tuple(grammar for node in nodes if node and (grammar := grammar_from(node, [])))


def shipped_intents() -> frozenset[str]:
    """The names of all their intents. All of them are read for it, so ask once."""
    return frozenset(intent.id for grammar in shipped_grammars() for intent in grammar.intents)
