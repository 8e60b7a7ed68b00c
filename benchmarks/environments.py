"""The environments of those who are measured beside us: what they need never enters the one in which we are built.

`make bench` builds them. Where one is not there, what needs it is left out, and said so.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.asked import Asked
from benchmarks.surroundings import ROOT


@dataclass(frozen=True, slots=True)
class Environment:
    who: str
    folder: Path
    lock: Path
    """What is installed in it."""

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def is_built(self) -> bool:
        """Whether it is there, and not that of an older lock."""
        ready = self.folder / "ready"
        return ready.exists() and ready.stat().st_mtime >= self.lock.stat().st_mtime

    def there(self, part: str) -> bool:
        """The same, with a word about it if not."""
        if self.is_built():
            return True
        sys.stderr.write(f"The {self.who} are not here, and so are not measured: make bench ONLY={part}\n")
        return False

    def ask(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Asked:
        """One of `benchmarks.peers`, in a process of its own."""
        return Asked([self.python, "-m", f"benchmarks.peers.{module}", *arguments], environment, ROOT)


LIBRARIES = Environment("other libraries", ROOT / ".venv-bench", ROOT / "benchmarks" / "requirements.txt")
FRAMEWORKS = Environment("frameworks", ROOT / ".venv-frameworks", ROOT / "benchmarks" / "frameworks.txt")
