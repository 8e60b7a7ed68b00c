"""The engine, compiled: `HUASHU_COMPILED=1 pip wheel .` makes a wheel of this machine's kind, which is faster.

mypyc, a part of mypy, turns modules of the engine into C and setuptools compiles that. Python stays the source and is
in the wheel beside what was made from it. Without the variable nothing of this happens and no compiler is needed.

Compiled is always a copy, never the working tree, so that no edited module is passed over for what was once made of it.
"""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
PACKAGES = ("dialogue", "grading", "understanding")
"""Folders of the engine in which calls spend their time."""
BESIDES = ("calls/codec", "language/prompts", "language/stage", "trial/transcript", "version")
LEFT = frozenset(
    "dialogue/state grading/facts understanding/grammar"  # their objects are copied by their dict
    " grading/load_scheme grading/load_trunks"  # run once
    " understanding/load_grammar understanding/score understanding/suggest"
    " understanding/tables understanding/utterances".split()
)
"""Modules in them that stay Python."""
WITHIN = ["-fvisibility=hidden", "-fno-semantic-interposition", "-fno-plt"]
"""Nobody outside calls or replaces the compiled functions: the C compiler may join them and call them directly."""
WANTS = ("mypy>=2.4", "setuptools>=80", "types-PyYAML>=6.0.12", "ahocorasick-rs>=1.0", "rapidfuzz>=3.14")
"""What compiling needs in an environment of its own; types of the libraries make better code."""


class CompiledEngine(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel, if asked to."""

    def dependencies(self) -> list[str]:
        return list(WANTS) if self._wanted("standard") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._wanted(version):
            return
        self._work = tempfile.TemporaryDirectory(prefix="huashu-compiled-")  # goes with the hook
        folder = Path(self._work.name)
        for made in compiled(folder):
            build_data["force_include"][str(made)] = made.relative_to(folder).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def _wanted(self, version: str) -> bool:
        asked = os.environ.get("HUASHU_COMPILED", "") not in ("", "0")
        return asked and self.target_name == "wheel" and version != "editable"


def compiler() -> str:
    """What is missing to compile with, in one line; empty where nothing is."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if os.name != "nt" and shutil.which(command) is None:
        return f"no C compiler '{command}' (Debian: apt install gcc; or CC=...; without HUASHU_COMPILED none is needed)"
    header = Path(sysconfig.get_path("include"), "Python.h")
    return "" if header.exists() else f"no {header} (Debian: apt install python3-dev)"


def modules(engine: Path) -> list[Path]:
    """The modules that are compiled."""
    found = [path for package in PACKAGES for path in sorted((engine / package).glob("*.py"))]
    named = {path.relative_to(engine).with_suffix("").as_posix(): path for path in found if path.stem != "__init__"}
    return [path for name, path in named.items() if name not in LEFT] + [engine / f"{name}.py" for name in BESIDES]


def with_constants(source: str) -> str:
    """The module with `Final` at its constants, those in capitals that are set once: the compiler then reads them from
    where they lie, without a look into the module's dict for each. No line moves, as tracebacks name them.
    """
    tree = ast.parse(source)
    named = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    lines = source.splitlines(keepends=True)
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id.isupper() and named.count(target.id) == 1:
            lines[node.lineno - 1] = lines[node.lineno - 1].replace(" =", ": Final =", 1)
    head = [node for node in tree.body[:2] if isinstance(node, ast.Expr) or _of_the_future(node)][-1].end_lineno or 1
    lines[head - 1] = lines[head - 1].rstrip("\n") + "; from typing import Final\n"
    return "".join(lines)


def _of_the_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def compiled(folder: Path, opt_level: int = 2) -> list[Path]:
    """The extension modules, made in this empty folder; `opt_level` is the C compiler's. Ends the program where that is
    impossible.
    """
    if missing := compiler():
        sys.exit(f"huashu cannot be compiled: {missing}")
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for path in modules(folder / "engine"):
        path.write_text(with_constants(path.read_text("utf-8")), "utf-8")
    shutil.copy(__file__, folder / "compile_engine.py")
    command = [sys.executable, "compile_engine.py", str(opt_level), "--quiet", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"huashu cannot be compiled:\n{done.stdout}{done.stderr}")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return [path for path in folder.rglob(f"*{suffix}") if "build" not in path.relative_to(folder).parts]


def _compile() -> None:
    """The step that runs in the copy."""
    from mypyc.build import mypycify  # noqa: PLC0415  only there
    from setuptools import setup  # noqa: PLC0415

    sources = [path.relative_to(ROOT).as_posix() for path in modules(ROOT / "engine")]
    extensions = mypycify(["--ignore-missing-imports", *sources], opt_level=sys.argv.pop(1), group_name="huashu")
    for extension in extensions:
        extension.extra_compile_args += [] if os.name == "nt" else WITHIN
    setup(name="huashu", packages=[], py_modules=[], ext_modules=extensions)


if __name__ == "__main__":
    _compile()
