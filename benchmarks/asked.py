"""A process that measures what it is asked to, by lines of JSON: so that contenders which cannot live in one process,
nor in one environment, take turns in one run. Nothing but the standard library, since both sides import it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


class Asked:
    """The asking side."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self._command = command
        self._process = subprocess.Popen(  # noqa: S603
            command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, *arguments: object) -> None:
        """Without an answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()

    def __call__(self, *arguments: object) -> Any:
        self.tell(*arguments)
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            self.close()
            sys.exit(f"{' '.join(self._command)} has broken off")
        return json.loads(line)

    def close(self) -> None:
        """Nothing more is asked, so it ends."""
        self._process.communicate()


def answer(measure: Callable[..., object]) -> None:
    """Answer what is asked until nothing more is."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(measure(*json.loads(line))) + "\n")
        sys.stdout.flush()
