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

LAYERS = (
    "version",
    "content",
    "understanding",
    "calls",
    "grading",
    "language",
    "dialogue",
    "trial",
    "personas",
    "inspection",
    "recorded",
)
"""Folders of `engine/`, lowest first: a module may import from its own folder and from those before it."""

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
    "yaml": "content.source",
    "transitions": "calls.machine",
    "ahocorasick_rs": "",
    "rapidfuzz": "",
    "msgspec": "",
}
"""Libraries the engine may use, each with the only module that may import it (empty: any)."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """`engine/a.py` is `a`, `engine/b/c.py` is `b.c`, `engine/b/__init__.py` is `b`."""
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[1:] and parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each module imported; `from engine.calls import log` is `engine.calls.log`."""
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


each_module = pytest.mark.parametrize("path", modules("engine"), ids=name_of)


def test_every_folder_has_its_layer() -> None:
    folders = {name_of(path).partition(".")[0] for path in modules("engine")} - {"__init__", "public"}
    assert folders == set(LAYERS), "LAYERS in tests/test_layers.py names each folder of engine/ once"


@each_module
def test_a_module_imports_only_from_its_layer_and_lower_ones(path: Path) -> None:
    me = name_of(path)
    names = [(line, name.removeprefix("engine.")) for line, name in imports(path) if name.startswith("engine.")]
    if me in ("__init__", "public"):  # they gather names, so they stand on top
        return
    depth = LAYERS.index(me.partition(".")[0])
    higher = [(line, name) for line, name in names if name.partition(".")[0] not in LAYERS[: depth + 1]]
    clear(f"{shown(path, line)}: {me} may not import {name}, which is not below it" for line, name in higher)


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = {name_of(path) for path in modules("engine")}
    below = {
        name_of(path): {name for _, full in imports(path) if (name := full.removeprefix("engine.")) in known}
        for path in modules("engine")
    }
    while free := {name for name, needs in below.items() if not needs & below.keys()}:
        below = {name: needs for name, needs in below.items() if name not in free}
    assert not below, f"these import each other: {', '.join(sorted(below))}"


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
