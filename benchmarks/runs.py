"""The results of runs: of each part the last one, and one before it, which is of another day as soon as there is such.

python -m benchmarks.runs matching      # what `make bench` does: results/matching.new becomes the last run

"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Run = tuple[Row, list[Row]]
"""Where and with what it was made, and what was found."""
RESULTS = Path(__file__).parent / "results"
EARLIER = "earlier"
"""The folder in it for the runs before the last ones."""


def path_of(part: str, folder: Path = RESULTS) -> Path:
    return folder / f"{part}.jsonl"


def read(path: Path) -> Run:
    about, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return about, rows


def two(part: str, folder: Path = RESULTS, earlier: Path | None = None) -> tuple[Run, Run] | None:
    """The earlier run and the last one, where there are both."""
    paths = path_of(part, earlier or folder / EARLIER), path_of(part, folder)
    return (read(paths[0]), read(paths[1])) if all(path.exists() for path in paths) else None


def keep(part: str, folder: Path = RESULTS) -> None:
    """Put a new run into the place of the last one.

    The last one becomes the earlier one, unless that is the only one of another day: so many runs of one day are still
    compared with a run of another.
    """
    new, last, earlier = folder / f"{part}.new", path_of(part, folder), path_of(part, folder / EARLIER)
    today = _day(new)
    if last.exists() and not (_day(last) == today and earlier.exists() and _day(earlier) != today):
        earlier.parent.mkdir(exist_ok=True)
        last.replace(earlier)
    new.replace(last)


def _day(path: Path) -> str:
    return str(read(path)[0]["date"])


if __name__ == "__main__":
    keep(sys.argv[1])
