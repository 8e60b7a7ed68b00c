"""How a soak goes: callers call, what may die dies at its time, and whoever looks after the server looks after it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.soaking.callers import BUCKETS_MS, MOST_MS
from benchmarks.soaking.figures import left_over
from benchmarks.soaking.judge import Problem
from benchmarks.soaking.receiver import Receiver
from benchmarks.soaking.supervise import START_SECONDS, Sample, Supervised
from server.live.record import RECORDING, SUMMARY
from server.outbox.store import NAME

ROOT = Path(__file__).parent.parent.parent
LINES = 50
"""Of one process of callers."""
SHORT_SECONDS = 120
DEATHS = ((0.03, "server"), (0.09, "recogniser"), (0.15, "server"), (0.21, "server"), (0.27, "server"))
"""At which part of the time what is killed; then the server is left alone for a life that can be judged."""
SHORT_DEATHS = ((0.35, "server"),)
VOICE = "server.speech.plain_worker"
READER = "benchmarks.soaking.served"
VOICE_DIES = 0.05
"""The process of the voice is killed whenever so much of the time has gone ..."""
VOICE_LIVES_SECONDS = 4.0
"""... and so many seconds: a voice that dies again while it starts has nobody to try once more."""
LOOK_SECONDS = 2.0
SWEEP_SECONDS = 30.0
"""Recordings of calls that are over are counted and removed so often: an hour of 200 calls is 20 GB of them."""
IDLE_SECONDS = 180.0
"""After the last call: then all is delivered, and connections that were kept for the next message are closed."""
LATE_SECONDS = 300.0
"""So much later than their calls take callers may end, on a slow machine."""
Row = dict[str, Any]


@dataclass(slots=True)
class Soak:
    minutes: float
    calls: int
    seed: int
    folder: Path
    server: Supervised
    receiver: Receiver
    token: str
    began: float = 0.0
    killed: list[tuple[float, float, str]] = field(default_factory=list)
    """From when until when calls may have suffered, and from what."""
    voice_deaths: int = 0
    unexpected: list[Problem] = field(default_factory=list)
    recordings: int = 0
    swept: set[str] = field(default_factory=set)
    """The names of the folders of calls whose recordings were counted and removed."""
    away_s: float = 0.0
    """How long the server was being started again."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """The processes of callers."""

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    @property
    def is_short(self) -> bool:
        return self.seconds <= SHORT_SECONDS

    @property
    def served_s(self) -> float:
        """How long there has been a server to call."""
        return time.monotonic() - self.began - self.away_s

    # --- the time ----------------------------------------------------------------------------------------------------

    def run(self) -> tuple[Sample, Sample]:
        """Returns what the server was like before its first call and after its last."""
        self.server.start()
        self._start_callers()
        self.began = time.monotonic()
        due = [(share * self.seconds, what) for share, what in self._deaths()]
        last_look = last_sweep = 0.0
        is_over = False
        while any(each.poll() is None for each in self.running):
            time.sleep(0.2)
            now = time.monotonic()
            if due and self.served_s >= due[0][0] and self._may_die(due[0][1]):
                self._die(due.pop(0)[1])
            if not is_over and not due and self.served_s >= self.seconds and self._taken() >= self.calls:
                is_over = True
                for each in self.running:
                    each.terminate()
            self._look_after()
            if now - last_look >= LOOK_SECONDS / (4 if self.is_short else 1):
                last_look = now
                self.server.look()
            if now - last_sweep >= SWEEP_SECONDS:
                last_sweep = now
                self._sweep()
            assert self.served_s < self.seconds + MOST_MS / 1000 + LATE_SECONDS, "the callers do not end"
        self.unexpected += [Problem("", "a process of callers has failed") for each in self.running if each.returncode]
        return self._rest()

    def _deaths(self) -> list[tuple[float, str]]:
        share = max(VOICE_DIES, VOICE_LIVES_SECONDS / self.seconds)
        voices = [(share * number, "voice") for number in range(1, round(1 / share))]
        return sorted([*(SHORT_DEATHS if self.is_short else DEATHS), *voices])

    def end(self) -> None:
        """Whatever has happened, nobody calls any more, and nobody is called."""
        for each in self.running:
            each.kill()
            each.wait()
        self.server.end()

    def _start_callers(self) -> None:
        """Returns when all callers are there: only then they can be asked to end."""
        until = time.monotonic() + START_SECONDS
        for first in range(0, self.calls, LINES):
            lines = f"{first}:{min(first + LINES, self.calls)}"
            command = [
                *("nice", "-n", "5"),  # in the world they have machines of their own
                *(sys.executable, "-m", "benchmarks.soaking.callers", "--token", self.token, "--lines", lines),
                *("--url", f"ws://127.0.0.1:{self.server.port}", "--seed", str(self.seed)),
                *("--frozen", "6" if self.is_short else "45"),
            ]
            with (self.folder / f"callers-{first}.jsonl").open("wb") as told:
                self.running.append(subprocess.Popen(command, cwd=ROOT, stdout=told))  # noqa: S603  our own module
        while not all(file.stat().st_size for file in self._told()):
            assert all(each.poll() is None for each in self.running), "the callers do not start"
            assert time.monotonic() < until, "the callers are not ready in time"
            time.sleep(0.1)

    def _may_die(self, what: str) -> bool:
        """A server is killed in the midst of calls: that needs some, and on a slow machine they take their time."""
        if what != "server":
            return True
        return self.server.look() and self.server.life.samples[-1].values["calls"] >= self.calls / 3

    def _taken(self) -> int:
        """Calls that are over and that the server has taken."""
        return sum(file.read_text("utf-8").count('"taken": true') for file in self._told())

    def _told(self) -> list[Path]:
        """What each process of callers tells."""
        return sorted(self.folder.glob("callers-*.jsonl"))

    def _die(self, what: str) -> None:
        now = time.monotonic()
        if what == "voice":
            self.voice_deaths += self.server.kill_child(VOICE)
        elif what == "recogniser":
            self.server.kill_child(READER)
            self.killed.append((now, 0.0, what))
        else:
            self.server.kill()
            self._start_again(now, "server")

    def _start_again(self, since: float, why: str) -> None:
        self.server.start()
        self.killed.append((since, time.monotonic(), why))
        self.away_s += time.monotonic() - since

    def _look_after(self) -> None:
        """As whoever runs it would: one that has died is started again, one that cannot hear any more, too."""
        ready, why = self.server.readiness()
        if ready:
            return
        since = time.monotonic()
        if not self.server.runs:
            self.unexpected.append(Problem("", "the server has died by itself"))
            self._start_again(since, "itself")
        elif "died" in why:
            self.killed = [
                (since, 0.0, what) if not until else (since, until, what) for since, until, what in self.killed
            ]
            self.server.stop("the recogniser had died")
            since, _, what = self.killed.pop()
            self._start_again(since, what)

    def _rest(self) -> tuple[Sample, Sample]:
        """Nobody calls any more: what was promised is delivered, and the server stops."""
        until = time.monotonic() + IDLE_SECONDS
        while not self._is_idle() and time.monotonic() < until:
            time.sleep(0.5)
        first, last = self.server.lives[0].first, self.server.life.samples[-1]
        if code := self.server.stop("done"):
            self.unexpected.append(Problem("", f"the server's exit code is {code}"))
        self._sweep()
        left, killed = list(self.server.temporary.iterdir()), sum(what == "server" for _, _, what in self.killed)
        if len(left) > killed:
            self.unexpected.append(Problem("", f"temporary files are left: {', '.join(path.name for path in left)}"))
        return first, last

    def _is_idle(self) -> bool:
        """As it was before the first call."""
        if not self.server.look() or "pending" in self.outbox().values():
            return False
        last = self.server.life.samples[-1]
        return not last.values["calls"] and not any(left_over(self.server.lives[0].first, last))

    def _sweep(self) -> None:
        """Only of calls that have ended since the last time. There are ten thousands of others: to make a path of each
        would take a third of a second, in which the server's clock is late by our doing.
        """
        for day in self.server.folder.glob("data/calls/*/"):
            for name in set(os.listdir(day)) - self.swept:  # noqa: PTH208  paths are what takes that long
                call = day / name
                if not (call / SUMMARY).exists():
                    continue
                self.swept.add(name)
                if (call / RECORDING).exists():
                    self.recordings += 1
                    (call / RECORDING).unlink()

    def outbox(self) -> dict[str, str]:
        """The state of every message, by its id."""
        with closing(sqlite3.connect(f"file:{self.server.folder}/data/calls/{NAME}?mode=ro", 60, uri=True)) as db:
            return dict(db.execute("SELECT id, state FROM messages"))

    def rows(self) -> tuple[list[Row], list[float], Counter[str]]:
        """Every call, how late its callers were by bucket, and why calls did not come about."""
        calls: list[Row] = []
        late = [0.0] * (len(BUCKETS_MS) + 1)
        unreached: Counter[str] = Counter()
        for file in self._told():
            for row in map(json.loads, file.read_text("utf-8").splitlines()):
                if "late" in row:
                    late = [a + b for a, b in zip(late, row["late"], strict=True)]
                elif "unreached" in row:
                    unreached[row["unreached"].partition(": ")[2] or row["unreached"]] += 1
                elif "call_id" in row:
                    calls.append(row)
        return calls, late, unreached
