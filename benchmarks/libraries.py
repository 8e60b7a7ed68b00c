"""Libraries that we are measured beside, in an environment of their own: each in a process that is asked by lines.

`make bench` builds the environment. Where it is not there, what needs it is left out, and said so.
"""

from __future__ import annotations

import sys

from benchmarks.asked import Asked
from benchmarks.surroundings import ROOT

FOLDER = ROOT / ".venv-bench"
THEIRS, READY, LOCK = FOLDER / "bin" / "python", FOLDER / "ready", ROOT / "benchmarks" / "requirements.txt"


def installed() -> bool:
    """Whether their environment is there, and not that of an older lock."""
    return READY.exists() and READY.stat().st_mtime >= LOCK.stat().st_mtime


def there(part: str) -> bool:
    """The same, with a word about it if not."""
    if installed():
        return True
    sys.stderr.write(f"The other libraries are not here, and so are not measured: make bench ONLY={part}\n")
    return False


def library(module: str, *arguments: str) -> Asked:
    """One of `benchmarks.peers`."""
    return Asked([str(THEIRS), "-m", f"benchmarks.peers.{module}", *arguments], folder=ROOT)
