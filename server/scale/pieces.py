"""Where logs come from: folders, files with a log each, bundles and Parquet tables with many.

All that a source does is to yield pieces, a name with the bytes of one log, in an order that stays; so whatever else
holds logs, such as a database, needs nothing but a generator of them. Nothing is kept: a source may be larger than the
memory.

A bundle is a file of JSON lines, each an object whose `log` is the whole text of a log. A Parquet table has one in its
column `log`. The name of such a piece is that of its file with the number of its row, from 1: `calls.parquet#17`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.refusal import refusal

COLUMN = "log"
ROWS = 256
"""Of a table, read at a time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A log as it lies there, not read yet."""

    name: Path
    data: bytes = b""
    problem: str = ""
    """Why there are no bytes, with the place."""


def pieces_in(paths: Iterable[Path], no_logs: Container[str] = ()) -> Iterator[Piece]:
    """Every log among and below these paths. Files of the names `no_logs` lie beside logs and are none."""
    for path in paths:
        for file in below(path, no_logs) if path.is_dir() else [path]:
            if isinstance(file, Piece):
                yield file
            else:
                yield from _READERS.get(file.suffix, _lines)(file)


def below(folder: Path, no_logs: Container[str] = ()) -> Iterator[Path | Piece]:
    """The files of a folder and its folders that may hold logs, in the order of their names; no more of the tree is
    held than the names of one folder a level.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError as problem:
        yield Piece(folder, problem=_unreadable(folder, problem))
        return
    for name, is_folder in names:
        if is_folder:
            yield from below(folder / name, no_logs)
        elif name.endswith(tuple(_READERS)) and name not in no_logs:
            yield folder / name


def _lines(file: Path) -> Iterator[Piece]:
    """A log, or the logs of a bundle."""
    try:
        with file.open("rb") as opened:
            first = opened.readline()
            if _bundled(first) is None:
                yield Piece(file, first + opened.read())
                return
            yield _row(file, 1, first)
            for number, line in enumerate(opened, 2):
                if line.strip():
                    yield _row(file, number, line)
    except OSError as problem:
        yield Piece(file, problem=_unreadable(file, problem))


def _bundled(line: bytes) -> str | None:
    """The log in a line of a bundle; None where it is no such line."""
    if b'"log"' not in line:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    log = found.get(COLUMN) if isinstance(found, dict) and "script_sha256" not in found else None
    return log if isinstance(log, str) else None


def _row(file: Path, number: int, line: bytes) -> Piece:
    name, log = Path(f"{file}#{number}"), _bundled(line)
    if log is None:
        return Piece(name, problem=f"{file}:{number}: no line of a bundle (an object whose 'log' is the text of a log)")
    return Piece(name, log.encode("utf-8", "surrogatepass"))


def _table(file: Path) -> Iterator[Piece]:
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and half a second
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        yield Piece(file, problem=f"{file}: Parquet needs pyarrow: pip install 'huashu[scale]'")
        return
    try:
        with parquet.ParquetFile(file) as table:
            names = table.schema_arrow.names
            if COLUMN not in names:
                yield Piece(file, problem=f"{file}: no column '{COLUMN}' (there are: {', '.join(names)})")
                return
            cells = (cell for batch in table.iter_batches(ROWS, columns=[COLUMN]) for cell in batch.column(0))
            yield from (_cell(file, number, cell.as_py()) for number, cell in enumerate(cells, 1))
    except OSError as problem:
        yield Piece(file, problem=_unreadable(file, problem))
    except pa.ArrowException as problem:
        yield Piece(file, problem=f"{file}: no Parquet table: {str(problem).splitlines()[0]}")


def _cell(file: Path, number: int, value: Any) -> Piece:
    name = Path(f"{file}#{number}")
    if not isinstance(value, str | bytes):
        return Piece(name, problem=f"{name}: the column '{COLUMN}' holds no text here")
    return Piece(name, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)


def _unreadable(path: Path, problem: OSError) -> str:
    return f"cannot read '{path}': {refusal(problem)}"


_READERS: Mapping[str, Callable[[Path], Iterator[Piece]]] = {".jsonl": _lines, ".parquet": _table}
"""By the end of a file's name; a file named on its own is JSON lines, whatever its name."""
