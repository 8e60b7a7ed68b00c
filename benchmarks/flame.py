"""Where a server's time goes while it holds calls, as a picture: `docs/pictures/held-calls.svg`.

python -m benchmarks.flame [SERVER [CALLS]]

py-spy looks at the server from outside, two hundred times a second, so that nothing is slower for being watched.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environments import FRAMEWORKS
from benchmarks.media import callers, server
from benchmarks.surroundings import ROOT

PICTURE = ROOT / "docs" / "pictures" / "held-calls.svg"
SECONDS = 8


def main(name: str, calls: int) -> None:
    with TemporaryDirectory() as folder, server(name, Path(folder)) as running:
        heard = callers(running, calls, SECONDS + 2)
        command = [str(Path(FRAMEWORKS.python).with_name("py-spy")), "record", "--pid", str(running.process.pid)]
        command += ["--rate", "200", "--duration", str(SECONDS), "--nolineno", "--output", str(PICTURE)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        heard.communicate(timeout=60)
    whole = PICTURE.read_text("utf-8")
    PICTURE.write_text(whole.replace(shlex.join(command), "py-spy record"), "utf-8")  # no paths of this machine


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "huashu, detector", int(sys.argv[2]) if len(sys.argv) > 2 else 100)
