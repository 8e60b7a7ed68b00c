"""How many live calls one core holds, beside pipecat and beside servers that do nothing: the floor of Python.

    python -m benchmarks.media > benchmarks/results/media.jsonl        # about ten minutes
    python -m benchmarks.media "bare uvicorn"                          # that server alone

Every server runs on core 0, one process of callers (`benchmarks.media_callers`) on core 1, Twilio's wire both ways. A
number of calls is held if all of them last, all sound that is due comes, and of its messages 99 in 100 are no more than
10 ms late against the clock by which the caller plays them; a server that knows keys must also begin to answer 99 in
100 of them within 20 ms, so that no stall is hidden by what was sent ahead. The number doubles until it is not held,
then the gap is halved. At each number the servers take turns. A number that was not held is tried once more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM, signal
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environments import FRAMEWORKS
from benchmarks.frameworks import versions
from benchmarks.media_servers import TOKEN
from benchmarks.ports import held_port
from benchmarks.surroundings import ROOT, surroundings, tell

OURS = sys.executable
SERVER_CORE, *_, CALLER_CORE = sorted(os.sched_getaffinity(0)) * 2
"""Two different ones, where there are two."""
SECONDS = 3.0
LATE_MS, ANSWER_MS = 10.0, 20.0
AGAIN = 1
"""Times that a number which was not held is tried again: the machine may have been busy with something else."""
FIRST, LARGEST = 60, 1000
FINE = 0.08
"""The search ends when the gap is this part of the number."""
PACKAGES = ("pipecat-ai", "uvicorn", "uvloop", "websockets")
PIPECAT = ("pipecat", "pipecat, detector")
NAMES = (
    "huashu", "huashu, detector", "bare websockets, uvloop", "bare uvicorn, uvloop", "bare uvicorn, uvloop, 200 ms",
    *PIPECAT,
)  # fmt: skip

CHOICES = ("huashu", "huashu, asyncio's loop")
CHOICE_CALLS, CHOICE_ROUNDS = 200, 5


@dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen[str]
    told: dict[str, float] = field(default_factory=dict)
    """By the server itself."""
    held: int = 0
    lost_at: int = 0
    """The smallest number that was not held; 0 for none yet."""
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/twilio/{TOKEN}" if self.name.startswith("huashu") else "/twilio"

    def next(self) -> int:
        """The number to try; 0 when it is known well enough."""
        if not self.lost_at:
            return min(LARGEST, self.held * 2) if self.held < LARGEST else 0
        middle = (self.held + self.lost_at) // 2
        return middle if self.lost_at - self.held > max(2, FINE * self.lost_at) else 0


@contextmanager
def server(name: str, folder: Path) -> Iterator[Server]:
    python = OURS if name.startswith("huashu") else FRAMEWORKS.python
    with held_port() as port:
        command = ["taskset", "-c", str(SERVER_CORE), python, "-m", "benchmarks.media_servers", name, str(port)]
        process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env={**os.environ, "BENCH_FOLDER": str(folder)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            is_ready, _, told = process.stdout.readline().partition(" ")
            if is_ready != "ready":
                sys.exit(f"{name} does not start")
            yield Server(name, port, process, json.loads(told))
        finally:
            process.kill()
            process.communicate()


def callers(each: Server, calls: int, seconds: float) -> subprocess.Popen[str]:
    """So many calls at a time, measured for so long."""
    keys = ["keys"] if each.name.startswith("huashu") else []
    told = [str(each.port), each.path, str(calls), str(seconds), str(each.process.pid), *keys]
    return subprocess.Popen(  # noqa: S603
        ["taskset", "-c", str(CALLER_CORE), OURS, "-m", "benchmarks.media_callers", *told],  # noqa: S607
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def tried(each: Server, calls: int, seconds: float) -> dict[str, Any]:
    """What so many calls found. The other servers stand still meanwhile: some go on with calls that are long over."""
    each.process.send_signal(SIGCONT)
    try:
        running = callers(each, calls, seconds)
        told, _ = running.communicate(timeout=120)
    finally:
        each.process.send_signal(SIGSTOP)
    found = json.loads(told) if running.returncode == 0 else {"calls": calls, "lost": calls}
    return {"server": each.name, "held": held(found)} | found


def held(row: dict[str, Any]) -> bool:
    return (
        not row["lost"]
        and row["sound_share"] > 0.98
        and row["late_ms"]["p99"] <= LATE_MS
        and row["answer_ms"].get("p99", 0.0) <= ANSWER_MS
    )


def find(servers: list[Server], seconds: float) -> None:
    """Let the servers take turns until each one's number is known."""
    for each in servers:
        each.held = FIRST // 2 if each.name not in PIPECAT else FIRST // 6
    while any(each.next() for each in servers):
        for each in servers:
            if not (calls := each.next()):
                continue
            row = tried(each, calls, seconds)
            for _ in range(AGAIN):
                if row["held"]:
                    break
                row = tried(each, calls, seconds)
            tell(row)
            each.rows.append(row)
            if row["held"]:
                each.held = calls
            else:
                each.lost_at = calls


def choose(servers: list[Server], seconds: float) -> None:
    """What a call costs with and without what was chosen for its sake."""
    for _ in range(CHOICE_ROUNDS):
        for each in servers:
            row = tried(each, CHOICE_CALLS, seconds)
            tell({**row, "what": "choice"} | each.told)


def main(names: tuple[str, ...], seconds: float) -> None:
    tell({**surroundings("media", (), ("uvicorn", "uvloop", "websockets", "numpy")), "peers": versions(PACKAGES)})
    signal(SIGTERM, lambda *_: sys.exit(1))  # the servers go too
    with TemporaryDirectory() as folder, ExitStack() as stack:
        servers = {name: stack.enter_context(server(name, Path(folder))) for name in dict.fromkeys((*names, *CHOICES))}
        for each in servers.values():
            each.process.send_signal(SIGSTOP)
        find([servers[name] for name in names], seconds)
        choose([servers[name] for name in CHOICES], seconds)


def present(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if FRAMEWORKS.there("media") else tuple(name for name in names if name.startswith("huashu"))


if __name__ == "__main__":
    chosen = tuple(sys.argv[1:]) or NAMES
    main(present(chosen), SECONDS)
