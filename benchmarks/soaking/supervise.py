"""Who looks after the server in a soak: starts it, starts it again when it has died, and looks at it every few seconds.

Each start is a life of its own. What is measured of it comes from its own `/metrics`, as any monitor sees it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

START_SECONDS = 300
ANSWER_SECONDS = 30
"""Far more than each takes: on a slow machine, or one that stands still for a while, nothing is wrong yet."""
LATE = "huashu_tick_late_seconds_bucket"
MEASURED = {
    "rss_bytes": "process_resident_memory_bytes",
    "fds": "process_open_fds",
    "cpu_s": "process_cpu_seconds_total",
    "tasks": "huashu_tasks",
    "calls": "huashu_calls",
    "ended": "huashu_calls_ended_total",
    "objects": "python_gc_objects_collected_total",
}


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    values: Mapping[str, float]
    late: Mapping[str, float]
    """How often the clock was at most so late, by the bucket's bound."""
    threads: int


@dataclass(slots=True)
class Life:
    """The server from one start to its end."""

    began: float
    ready: float = 0.0
    ended: float = 0.0
    ended_by: str = ""
    samples: list[Sample] = field(default_factory=list)

    @property
    def first(self) -> Sample:
        """As soon as it was ready."""
        return self.samples[0]


class Supervised:
    """A server in `folder`, where its settings are relative to."""

    def __init__(self, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        self.folder, self.port = folder, port
        self.lives: list[Life] = []
        self.log = folder / "server.log"
        self.temporary = folder / "tmp"
        """What a server that was stopped in order has left nothing in."""
        self.temporary.mkdir()
        self._settings = {"HUASHU_PORT": str(port), "TMPDIR": str(self.temporary), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def life(self) -> Life:
        return self.lives[-1]

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it would take a call."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUASHU_")}
        self.lives.append(Life(time.monotonic()))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.soaking.served", "serve"],
                cwd=self.folder, stderr=log, stdout=log,
                env={**kept, **self._settings, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
            )  # fmt: skip
        while not self.readiness()[0]:
            assert self._process.poll() is None, f"the server does not start: {self.log}"
            assert time.monotonic() - self.life.began < START_SECONDS, f"the server is not ready in time: {self.log}"
            time.sleep(0.1)
        self.look()
        self.life.ready = time.monotonic()

    def readiness(self) -> tuple[bool, str]:
        """Whether it would take a call, and why not."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=ANSWER_SECONDS) as answer:
                return bool(json.load(answer)["ready"]), ""
        except HTTPError as refused:
            return False, str(json.load(refused).get("why", ""))
        except (URLError, OSError):
            return False, "it does not answer"

    def kill(self) -> None:
        """As when the power fails."""
        self._end(signal.SIGKILL, "killed", 60)

    def stop(self, why: str, seconds: float = 180) -> int:
        """As it should be stopped; returns its exit code."""
        return self._end(signal.SIGTERM, why, seconds)

    def end(self) -> None:
        """Whatever has happened, it runs no more."""
        if self._process and self.runs:
            self._process.kill()
            self._process.wait(60)

    def _end(self, how: signal.Signals, why: str, seconds: float) -> int:
        assert self._process
        self.life.ended_by = why
        self._process.send_signal(how)
        code = self._process.wait(seconds)
        self.life.ended = time.monotonic()
        return code

    def kill_child(self, module: str) -> bool:
        """Kill a process that the server has started; False where there is none."""
        for child in self._children():
            try:
                if module in Path(f"/proc/{child}/cmdline").read_text():
                    os.kill(int(child), signal.SIGKILL)
                    return True
            except OSError:
                continue
        return False

    def _children(self) -> list[str]:
        """Each belongs to the thread that has started it; a thread may end just now."""
        found: list[str] = []
        for children in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += children.read_text().split()
        return found

    def look(self) -> bool:
        """Take a sample; False where the server does not answer just now."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=ANSWER_SECONDS) as answer:
                told = answer.read().decode()
            threads = len(list(Path(f"/proc/{self.pid}/task").iterdir()))
        except (URLError, OSError):
            return False
        totals: dict[str, float] = {}
        late: dict[str, float] = {}
        for family in text_string_to_metric_families(told):
            for sample in family.samples:
                totals[sample.name] = totals.get(sample.name, 0.0) + sample.value
                if sample.name == LATE:
                    late[sample.labels["le"]] = sample.value
        values = {name: totals.get(metric, 0.0) for name, metric in MEASURED.items()}
        self.life.samples.append(Sample(time.monotonic(), values, late, threads))
        return True
