"""The engine means the same, compiled or not; and where it cannot be compiled, one line says why."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
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
    made = BUILD.compiled(tmp_path, opt_level=0)
    for content in ("grammars", "scripts"):  # they lie beside the engine, wherever that is
        (tmp_path / content).symlink_to(ROOT / content)
    which, *compiled = said_by_the_engine_in(tmp_path)
    assert which == "compiled"
    assert {path.name.partition(".")[0] for path in made} > {"huashu__mypyc", "lexicon", "step", "fold"}
    which, *pure = said_by_the_engine_in(ROOT)
    assert which == "pure"
    assert len(pure) > 2000
    differing = [(one, other) for one, other in zip(pure, compiled, strict=True) if one != other]
    assert differing[:3] == []


def test_a_missing_compiler_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(SystemExit, match=r"cannot be compiled: no C compiler 'no-such-compiler' \(Debian: apt install"):
        BUILD.compiled(tmp_path)


def test_modules_left_as_they_are_exist() -> None:
    for name in BUILD.LEFT:
        assert (ROOT / "engine" / f"{name}.py").exists(), f"take {name} out of LEFT in hatch_build.py"
