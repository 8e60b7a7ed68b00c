"""The table of lines, read once when the server starts: it says what codes mean on which line."""

from __future__ import annotations

from pathlib import Path

from engine.content.source import parse
from engine.grading.load_trunks import Trunks, trunks_from
from server.content import Files


class TrunksError(Exception):
    """The table cannot be used; the message has a line for each mistake."""


def read_trunks(path: Path | None) -> Trunks:
    """Without a file an empty table. Raises `TrunksError`."""
    if path is None:
        return Trunks()
    data = Files().read(str(path))
    if isinstance(data, str):
        raise TrunksError(f"HUASHU_TRUNKS: {path}: {data}")
    node, problems = parse(data, str(path))
    trunks = trunks_from(node, problems) if node else Trunks()
    if any(problem.severity == "error" for problem in problems):
        raise TrunksError("\n".join(map(str, problems)))
    return trunks
