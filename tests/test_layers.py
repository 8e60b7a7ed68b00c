"""The engine is a pile of layers: each module stands only on those below it, and none of them touches the world.

Imports are read from the source with `ast`, so an import inside a function counts as much as one at the top.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS: tuple[tuple[str, ...], ...] = (
    ("codec", "events", "grammar", "machine", "mask", "outcome", "source", "tables"),
    ("actions", "facts", "lifecycle", "normalise", "pinyin", "shape"),
    ("condition", "log", "pattern", "said", "state"),
    ("fold", "grade", "search"),
    ("scope", "told"),
    ("lexicon",),
    ("load_grammar", "load_scheme", "script"),
    ("language", "prompts"),
    ("build", "check", "turn"),
    ("decide", "load"),
    ("reply",),
    ("dialogue",),
)
"""Modules of `engine/`, lowest layer first: a module may import from the lines above its own, and from no other."""

IMPURE = frozenset(
    " asyncio concurrent multiprocessing queue select selectors signal socket ssl subprocess threading"  # others
    " random sched secrets time uuid"  # another answer each time
    " fileinput glob http importlib io os pathlib pkgutil shutil sqlite3 tempfile urllib zoneinfo"  # files and networks
    " builtins ctypes getpass locale logging platform sys warnings".split()  # the process around us
)
"""What makes a fold depend on more than its arguments; `zoneinfo` reads the time zones of the machine."""

IMPURE_CALLS = frozenset("__import__ breakpoint compile eval exec input open print".split())
CLOCK_CALLS = frozenset("now today utcnow".split())
"""`datetime` is welcome for arithmetic; these methods of it read the clock."""

THIRD_PARTY = {
    "yaml": "source",
    "transitions": "machine",
    "ahocorasick_rs": "",
    "rapidfuzz": "",
}
"""Libraries the engine may use, each with the only module that may import it (empty: any)."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """`engine/a.py` is `a`, `engine/b/c.py` is `b.c`, `engine/b/__init__.py` is `b`."""
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[1:] and parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each module imported; `from engine import log` is `engine.log`."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: write the import in full, not relative"
            yield from ((node.lineno, full_name(node.module or "", alias.name)) for alias in node.names)


def full_name(module: str, name: str) -> str:
    """`name` may be a module of a package of ours or something inside the module; ask the file system."""
    folder = ROOT.joinpath(*module.split("."))
    is_module = (folder / f"{name}.py").exists() or (folder / name).is_dir()
    return f"{module}.{name}" if is_module else module


def calls(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Line and name of each call, and whether it is a method's."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr, True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id, False


def packages(path: Path) -> Iterator[tuple[int, str]]:
    yield from ((line, name.partition(".")[0]) for line, name in imports(path))


def shown(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def clear(problems: Iterable[str]) -> None:
    """Pass if there are no problems, and tell them all if there are."""
    found = list(problems)
    assert not found, "\n".join(found)


DEPTH = {name: depth for depth, layer in enumerate(LAYERS) for name in layer}
NAMES = {name_of(path) for path in modules("engine")} - {"__init__"}  # which gathers names, so it stands on top
each_module = pytest.mark.parametrize("path", modules("engine"), ids=name_of)


def test_every_module_has_its_layer() -> None:
    missing = NAMES - DEPTH.keys()
    assert not missing, f"add {sorted(missing)} to LAYERS in tests/test_layers.py, above all the modules they import"


def test_every_layer_names_modules_that_exist_once() -> None:
    named = [name for layer in LAYERS for name in layer]
    assert len(named) == len(set(named)), "a module has one layer"
    gone = set(named) - NAMES
    assert not gone, f"take {sorted(gone)} out of LAYERS in tests/test_layers.py: no such modules"


@each_module
def test_a_module_imports_only_lower_layers(path: Path) -> None:
    me = name_of(path)
    ours = [(line, name) for line, name in imports(path) if name.partition(".")[0] == "engine"]
    clear(
        f"{shown(path, line)}: import a module of the engine, not all of it" for line, name in ours if name == "engine"
    )
    names = [(line, name.removeprefix("engine.")) for line, name in ours]
    higher = [(line, name) for line, name in names if DEPTH.get(name, 0) >= DEPTH.get(me, len(LAYERS))]
    clear(f"{shown(path, line)}: {me} may not import {name}, which is not below it" for line, name in higher)


@each_module
def test_the_engine_imports_nothing_of_the_world(path: Path) -> None:
    banned = [(line, package) for line, package in packages(path) if package in IMPURE | {"server"}]
    clear(f"{shown(path, line)}: the engine is pure, it may not import {package}" for line, package in banned)


@each_module
def test_the_engine_calls_nothing_of_the_world(path: Path) -> None:
    banned = [
        (line, name) for line, name, is_method in calls(path) if name in (CLOCK_CALLS if is_method else IMPURE_CALLS)
    ]
    clear(f"{shown(path, line)}: {name}() makes the engine depend on more than its arguments" for line, name in banned)


@each_module
def test_libraries_stay_where_they_belong(path: Path) -> None:
    me = name_of(path)
    foreign = [found for found in packages(path) if found[1] not in sys.stdlib_module_names | {"engine", "server"}]
    banned = [(line, package) for line, package in foreign if THIRD_PARTY.get(package) not in ("", me)]
    clear(
        f"{shown(path, line)}: {package} belongs to {THIRD_PARTY.get(package, 'no module')}" for line, package in banned
    )


@pytest.mark.parametrize("path", modules("server"), ids=name_of)
def test_the_server_uses_the_engine_by_its_public_names(path: Path) -> None:
    private = [(line, name) for line, name in imports(path) if re.match(r"engine\b.*\._", name)]
    clear(f"{shown(path, line)}: {name} is the engine's own business" for line, name in private)
    hidden = [(line, package) for line, package in packages(path) if THIRD_PARTY.get(package)]
    clear(f"{shown(path, line)}: only the engine may import {package}" for line, package in hidden)
