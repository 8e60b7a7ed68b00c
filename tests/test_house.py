"""Rules of the house that no tool holds: small modules, a test file for each, locks that name no place."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parent.parent
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
MODULES = [*ENGINE, *sorted((ROOT / "server").rglob("*.py"))]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SETTINGS = [*LOCKS, ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / ".ci" / "run"]

MODULE_LINES = 400
FUNCTION_LINES = 60
"""Hard stops. Aim at 300 and 40: beyond those, a change needs a reason in review."""

TESTED_ELSEWHERE = {
    "engine/calls/actions.py": "tests/engine/dialogue/test_step.py",
    "engine/calls/events.py": "tests/engine/calls/test_log.py",
    "engine/understanding/entry.py": "tests/engine/understanding/test_search.py",
    "engine/understanding/grammar.py": "tests/engine/understanding/test_lexicon.py",
    "engine/language/stage.py": "tests/engine/language/test_build.py",
    "engine/dialogue/state.py": "tests/engine/dialogue/test_step.py",
    "engine/personas/persona.py": "tests/engine/personas/test_load_personas.py",
    "engine/version.py": "tests/engine/calls/test_log.py",
}
"""Modules of plain data have nothing to test; where each is seen at work."""

INDEX_ADDRESS = re.compile(r"index[-_]url|find[-_]links|trusted[-_]host|\w://", re.IGNORECASE)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def mirror_of(module: Path) -> Path:
    """`engine/calls/log.py` is tested by `tests/engine/calls/test_log.py`."""
    return ROOT / "tests" / module.relative_to(ROOT).with_name(f"test_{module.name}")


def normal(name: str) -> str:
    """The name of a distribution as the lock writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, str]:
    """What a lock installs: name and exact version of each requirement."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


each_module = pytest.mark.parametrize("path", MODULES, ids=shown)
each_lock = pytest.mark.parametrize("lock", LOCKS, ids=shown)


@each_module
def test_a_module_opens_with_its_idea(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes())), f"{shown(path)} has no docstring"


@each_module
def test_a_module_is_small(path: Path) -> None:
    lines = len(path.read_bytes().splitlines())
    assert lines <= MODULE_LINES, f"{shown(path)} has {lines} lines: find the second idea in it and give that a module"


@each_module
def test_a_function_is_small(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{shown(path)}:{node.lineno}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", [path for path in ENGINE if path.name != "__init__.py"], ids=shown)
def test_a_module_of_the_engine_has_its_test_file(path: Path) -> None:
    mirror = mirror_of(path)
    assert mirror.exists() or shown(path) in TESTED_ELSEWHERE, f"write {shown(mirror)}"


@pytest.mark.parametrize(("module", "tests"), TESTED_ELSEWHERE.items(), ids=TESTED_ELSEWHERE)
def test_an_exception_is_still_needed(module: str, tests: str) -> None:
    needed = (ROOT / module).exists() and not mirror_of(ROOT / module).exists()
    assert needed, f"take {module} out of TESTED_ELSEWHERE in tests/test_house.py"
    assert (ROOT / tests).exists(), f"{tests} is gone: what shows {module} at work now?"


@each_lock
def test_a_lock_pins_everything_by_version_and_hash(lock: Path) -> None:
    text = "\n".join(line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#"))
    requirements = text.replace("\\\n", " ").splitlines()
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_the_locks_hold_what_is_declared_and_agree() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, dev = pins(ROOT / "requirements" / "run.txt"), pins(ROOT / "requirements" / "dev.txt")
    for requirement in [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]]:
        assert normal(re.split(r"[^\w.-]", requirement)[0]) in dev, f"{requirement}: run make lock"
    assert run.items() <= dev.items(), "the two locks differ: run make lock"


@pytest.mark.parametrize("path", SETTINGS, ids=shown)
def test_no_file_says_where_packages_come_from(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        asked_for = line.replace("--no-emit-index-url", "")
        assert not INDEX_ADDRESS.search(asked_for), f"{shown(path)}:{number}: {line}"


def test_the_wheel_holds_the_packages_and_their_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wheel = ZipFile(tmp_path / build_wheel(str(tmp_path)))
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    content = {path for folder in ("grammars", "scripts") for path in (ROOT / folder).rglob("*.yaml")}
    assert {shown(path) for path in content.union(MODULES)} <= shipped
    assert not [name for name in shipped if name.startswith(("tests/", "docs/", "benchmarks/", "requirements/"))]


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(newer > older for newer, older in pairwise(headings[1:]))
