"""The logs a command is given, and the scripts that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.calls.log import Header, Log, LogError, read
from engine.language.script import Script
from server.content import Files
from server.output import usable_script

CORRECTIONS = "corrections.jsonl"
"""The file beside logs in which people note that a grade was wrong; it is no log."""


class Told(str):
    """Why something cannot be used, when that has been told with its place already."""

    __slots__ = ()


class Scripts:
    """The scripts that logs name, each loaded once; or one script for all of them."""

    def __init__(self, only: Path | None) -> None:
        self.only = only
        self._loaded: dict[str, Script | Told] = {}

    def of(self, header: Header, *, must_be_same: bool) -> Script | str:
        """The script of a call, or why there is none."""
        path = str(self.only) if self.only else Files().find("scripts", header.script, "")
        if not path:
            return f"no script '{header.script}' here (name it: replay --with, grade --script)"
        if path not in self._loaded:
            self._loaded[path] = usable_script(Path(path)) or Told(f"the script {path} has problems")
        script = self._loaded[path]
        if must_be_same and isinstance(script, Script) and script.sha256 != header.script_sha256:
            return f"{path} is not the script this call ran with (use --with {path} to see what it would change)"
        return script


def logs_in(paths: Iterable[Path]) -> Iterator[tuple[Path, Log | str]]:
    """Every log among and below these paths, or why it cannot be read, with the line."""
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            if file.name == CORRECTIONS and file != path:
                continue
            try:
                log = read(file.read_bytes())
            except OSError as problem:
                yield file, f"cannot read '{file}': {(problem.strerror or 'unknown error').lower()}"
            except LogError as problem:
                yield file, f"{file}:{problem.line}: {problem.problem}"
            else:
                yield file, log
