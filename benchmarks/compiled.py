"""The compiled engine in a process of its own, since one process cannot hold both engines: it measures what it is asked
to, so that the two take turns in one run.

`make compiled` builds it. Where it is not built, as without a C compiler, nothing of it is measured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import asked
from benchmarks.surroundings import ROOT
from engine.version import COMPILED

FOLDER = ROOT / "build" / "compiled"
ASKED = "answer"
"""The argument by which a benchmark runs as that process."""


def built() -> bool:
    found = any(FOLDER.glob("engine/version.*.*"))
    if not found:
        sys.stderr.write("The compiled engine is not here, and so is not measured: make compiled\n")
    return found


class Elsewhere:
    """A benchmark's module with the compiled engine; asked with a call, it answers what its `answer` returns."""

    def __init__(self, module: str) -> None:
        self._asked = asked.Asked(
            [sys.executable, "-P", "-m", module, ASKED],
            {**os.environ, "PYTHONPATH": os.pathsep.join([str(FOLDER), str(ROOT)])},
        )
        if self(None) is not True:
            sys.exit(f"{FOLDER} holds no compiled engine: make clean compiled")

    def __call__(self, *arguments: object) -> Any:
        return self._asked(*arguments)

    def close(self) -> None:
        self._asked.close()


def answer(measure: Callable[..., object]) -> None:
    """Answer what is asked by lines of JSON, until nothing more is."""
    asked.answer(lambda *arguments: COMPILED if arguments == (None,) else measure(*arguments))
