"""The engine means the same, compiled or not; and where it cannot be compiled, one line says why."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = _build()
MISSING = BUILD.compiler()
KEPT = ROOT / "build" / "tested"


def compiled_engine(scratch: Path) -> Path:
    """A folder with the engine compiled. Compiling takes most of a minute, so it is kept as long as nothing changes that
    it is made of.
    """
    made_of = hashlib.sha256(f"{sys.version} {version('mypy')}".encode())
    for path in (ROOT / "hatch_build.py", *sorted((ROOT / "engine").rglob("*.py"))):
        made_of.update(f"\n{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    folder = KEPT / made_of.hexdigest()[:16]
    if not folder.exists():
        BUILD.compiled(scratch, opt_level=0)
        shutil.rmtree(scratch / "build")
        for content in ("grammars", "scripts"):  # they lie beside the engine, wherever that is
            (scratch / content).symlink_to(ROOT / content)
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True, exist_ok=True)
        shutil.move(scratch, folder.with_suffix(".new"))  # piece by piece, and a run may be broken off
        folder.with_suffix(".new").rename(folder)
    return folder


def said_by_the_engine_in(folder: Path) -> list[str]:
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-P", str(ROOT / "tests" / "both_engines.py")],
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONHASHSEED": "0"},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(MISSING != "", reason=MISSING)
def test_both_engines_make_the_same_of_all_sentences_and_conversations(tmp_path: Path) -> None:
    folder = compiled_engine(tmp_path / "compiled")
    which, *compiled = said_by_the_engine_in(folder)
    assert which == "compiled"
    made = {path.name.partition(".")[0] for path in folder.rglob("*") if path.suffix in (".so", ".pyd")}
    assert made > {"huashu__mypyc", "lexicon", "step", "fold"}
    which, *pure = said_by_the_engine_in(ROOT)
    assert which == "pure"
    assert len(pure) > 2000
    differing = [(one, other) for one, other in zip(pure, compiled, strict=True) if one != other]
    assert differing[:3] == []


def test_constants_are_made_known_to_the_compiler_and_no_line_moves() -> None:
    source = (
        '"""Of fruit."""\n\nfrom __future__ import annotations\n\nLARGE = 3\n"""Grams."""\n'
        "KINDS = {}\nKINDS |= {1: 2}\n\n\ndef of(size=LARGE):\n    return size\n"
    )
    made = BUILD.with_constants(source)
    assert [line for line in made.splitlines() if line not in source.splitlines()] == [
        "from __future__ import annotations; from typing import Final",
        "LARGE: Final = 3",
    ]
    assert len(made.splitlines()) == len(source.splitlines())
    assert BUILD.with_constants('"""Of nothing."""\nLARGE = 3\n').startswith(
        '"""Of nothing."""; from typing import Final\n'
    )


def test_a_missing_compiler_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(SystemExit, match=r"cannot be compiled: no C compiler 'no-such-compiler' \(Debian: apt install"):
        BUILD.compiled(tmp_path)


def test_modules_left_as_they_are_exist() -> None:
    for name in BUILD.LEFT:
        assert (ROOT / "engine" / f"{name}.py").exists(), f"take {name} out of LEFT in hatch_build.py"
