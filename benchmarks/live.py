"""How soon the server answers, and how well it keeps time, with many calls at once.

    python -m benchmarks.live > benchmarks/results/live.jsonl

`huashu serve` runs on one core and `huashu call` on another, so that what is measured does not wait for who measures.
Words come as text: recognition has its own cost and its own measure. Prompts are spoken once, before. Each kind of call
sends and plays sound both ways in real time: by text the caller answers with words, by Twilio with keys.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.surroundings import surroundings, tell

SCRIPT = """\
script: short
goodbye: bye
stages:
  ask:
    role: opening
    say: 您好，周末有空吗？
    expect:
      - {hear: affirm, go: day}
      - {press: "1", go: day}
  day:
    role: invitation
    say: 那星期六可以吗？
    expect:
      - {hear: affirm, accept: yes, go: bye}
      - {press: "1", accept: yes, go: bye}
  bye: {role: closing, say: 好的，再见！, end: yes}
"""
KEYS = "scenario: keys\nsteps: [{digits: 1}, {digits: 1}]\n"
WAYS = {
    "huashu, words": ["--text", "--say", "可以", "--say", "可以"],
    "twilio, keys": ["--scenario", "keys.yaml"],
}
CALLS = (5, 20, 50)
STAGGER_MS = 40
PORT = 8798
SERVER_CORE, CALLER_CORE = 0, 1


def huashu(core: int, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUASHU_")} | {
        "HUASHU_SCRIPTS": "scripts",
        "HUASHU_SCRIPT": "short",
        "HUASHU_PORT": str(PORT),
        "HUASHU_RECOGNISER": "none",
        "HUASHU_VOICE": "plain",
        "HUASHU_MAX_CALLS": str(max(CALLS) + 1),
    }
    return subprocess.Popen(  # noqa: S603  our own command
        ["taskset", "-c", str(core), sys.executable, "-c", "from server.cli import main; main()", *arguments],  # noqa: S607
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """A server that is ready for calls; its process id."""
    running = huashu(SERVER_CORE, folder, "serve")
    until = monotonic() + 60
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=1).close()
                break
            except (URLError, OSError):
                assert running.poll() is None, "the server does not start"
                assert monotonic() < until, "the server is not ready in time"
                sleep(0.2)
        yield running.pid
    finally:
        running.terminate()
        running.communicate(timeout=30)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def call(folder: Path, gateway: str, calls: int, way: list[str]) -> dict[str, Any]:
    many = ["--calls", str(calls), "--stagger", str(STAGGER_MS), "--json"]
    caller = huashu(CALLER_CORE, folder, "call", *many, *way, f"ws://127.0.0.1:{PORT}/{gateway}")
    told, _ = caller.communicate(timeout=300)
    return dict(json.loads(told.splitlines()[-1]))


def main() -> None:
    tell(surroundings("live", (), ("uvicorn", "websockets")))
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "scripts").mkdir()
        (folder / "scripts" / "short.yaml").write_text(SCRIPT, encoding="utf-8")
        (folder / "keys.yaml").write_text(KEYS, encoding="utf-8")
        with server(folder) as pid:
            call(folder, "huashu", 2, WAYS["huashu, words"])  # by now all prompts have been spoken once
            for calls in CALLS:
                for way, options in WAYS.items():
                    before = cpu_seconds(pid)
                    told = call(folder, way.partition(",")[0], calls, options)
                    percent = 100 * (cpu_seconds(pid) - before) / told["seconds"]
                    tell({"way": way, "core_percent_per_call": round(percent, 2)} | told)


if __name__ == "__main__":
    main()
