"""The logs a command is given, and the scripts that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.calls.log import Header, Log, LogError, read
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files, first_key, undisturbed
from server.kept import find_kept, load_kept
from server.output import error, usable_script
from server.scale.pieces import Piece, pieces_in

CORRECTIONS = "corrections.jsonl"
"""The file beside logs in which people note that a grade was wrong."""
ACTIONS = "actions.jsonl"
"""What is to be done for the caller of a live call."""
LEAD = "lead.json"
"""Whose call it is."""
NETWORK = "network.jsonl"
"""What webhooks told of a live call."""
CALLERS = "callers.jsonl"
"""Who the simulated callers of these logs were, and what they meant."""
TRANSCRIBED = "transcribed.jsonl"
"""Which recordings these logs were made of."""
NO_LOGS = frozenset({CORRECTIONS, ACTIONS, NETWORK, CALLERS, TRANSCRIBED})
"""Files of JSON lines that lie beside logs and are none."""

NOT_AGAIN = "made of a recording, which cannot be run again: nobody logged what its bot decided (huashu grade reads it)"
"""Why."""
BY_A_LOG = 2
"""Folders above a log in which its script may lie: its own, and the one around."""


class Told(str):
    """Why something cannot be used, when that has been told with its place already."""

    __slots__ = ()


class Scripts:
    """The scripts that logs name, each loaded once; or one script for all of them."""

    def __init__(self, only: Path | None) -> None:
        self.only = only
        self._loaded: dict[str, Script | Told] = {}
        self._tried: dict[tuple[Path, str], Script | None] = {}

    def of(self, log: Path, header: Header, *, must_be_same: bool) -> Script | str:
        """The script of the call in this log, or why there is none: the one here by its name or, where that has changed
        or is gone, the one the server has kept, or one by the log that is still the same.
        """
        path = str(self.only) if self.only else Files().find("scripts", header.script, "")
        script = self._load(path) if path else None
        same = isinstance(script, Script) and script.sha256 == header.script_sha256
        if not same and self.only is None and (kept := find_kept(log, header.script_sha256)):
            return self._load(str(kept), usable_kept)
        if not same and self.only is None and header.script and (unchanged := self._unchanged(log, header)):
            return unchanged
        if script is None:
            return f"no script '{header.script}' here (name it: replay --with, grade --script)"
        if must_be_same and isinstance(script, Script) and not same:
            return f"{path} is not the script this call ran with (use --with {path} to see what it would change)"
        return script

    def _load(self, path: str, load: Callable[[Path], Script | None] = usable_script) -> Script | Told:
        if path not in self._loaded:
            self._loaded[path] = load(Path(path)) or Told(f"the script {path} has problems")
        return self._loaded[path]

    def _unchanged(self, log: Path, header: Header) -> Script | None:
        """The script in whatever file, here or by the log: that it is the one of the call its hash tells."""
        found = (self._named(file, header.script) for file in _scripts_by(log))
        return next((script for script in found if script and script.sha256 == header.script_sha256), None)

    def _named(self, file: Path, name: str) -> Script | None:
        """The script of this name in a file that may hold it."""
        if (file, name) not in self._tried:
            data = Files().read(str(file))
            may = isinstance(data, bytes) and first_key(data) == "script" and name.encode("utf-8", "replace") in data
            with undisturbed():
                self._tried[file, name] = load_script(str(file), Files())[0] if may else None
        return self._tried[file, name]


def _scripts_by(log: Path) -> Iterator[Path]:
    for folder in dict.fromkeys((Path(), *log.parents[:BY_A_LOG])):
        yield from sorted((*folder.glob("*.yaml"), *folder.glob("scripts/*.yaml")))


def usable_kept(file: Path) -> Script | None:
    """The script kept in this file; what is wrong with it is told."""
    with undisturbed():
        script, problems = load_kept(file)
    if script is None:
        error(f"{file}: {problems[0]}")
    return script


def tell_none(paths: Iterable[Path]) -> None:
    """A command on logs that has found none: no mistake, but a folder may be the wrong one."""
    hint = "the server leaves logs in its data folder, 'huashu simulate --logs FOLDER' in FOLDER"
    error(f"no call logs in {', '.join(map(str, paths))} ({hint})")


def logs_in(paths: Iterable[Path]) -> Iterator[tuple[Path, Log | str]]:
    """Every log among and below these paths, or why it cannot be read, with the line."""
    for piece in pieces_in(paths, NO_LOGS):
        yield piece.name, read_piece(piece)


def read_piece(piece: Piece) -> Log | str:
    """The log, or why it cannot be read, with its place."""
    if piece.problem:
        return piece.problem
    try:
        return read(piece.data)
    except LogError as problem:
        return f"{piece.name}:{problem.line}: {problem.problem}"
