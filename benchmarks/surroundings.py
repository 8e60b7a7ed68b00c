"""Where and with what a measurement was made."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from engine.understanding.grammar import Grammar

ROOT = Path(__file__).parent.parent
PEERS = ("ahocorasick_rs", "google-re2", "hassil", "hyperscan", "pyahocorasick", "rapidfuzz")


def surroundings(what: str, grammars: tuple[Grammar, ...], peers: tuple[str, ...] = PEERS) -> dict[str, object]:
    """The first line of a file of results."""
    phrases = [phrase for grammar in grammars for intent in grammar.intents for phrase in intent.phrases]
    now = datetime.now(UTC)
    return {
        "what": what,
        "date": now.date().isoformat(),
        "time": now.strftime("%H:%M"),
        "commit": commit(),
        "engine": digest("engine/**/*.py"),
        "load": round(os.getloadavg()[0], 1),
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in peers},
        "grammars": digest("grammars/*.yaml"),
        "phrases": sum(not phrase.pattern for phrase in phrases),
        "patterns": sum(phrase.pattern for phrase in phrases),
        "sentences": digest("benchmarks/scorecard/*.jsonl"),
    }


def commit() -> str:
    """Which one is checked out, with a + where the code is not quite that; empty where git does not know."""
    git = shutil.which("git")
    if git is None:
        return ""
    asked = [["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--", "engine", "server", "grammars"]]
    told = [subprocess.run([git, *each], cwd=ROOT, capture_output=True, text=True, check=False) for each in asked]  # noqa: S603
    return "" if any(each.returncode for each in told) else told[0].stdout.strip() + "+" * bool(told[1].stdout)


def digest(pattern: str) -> str:
    """What the files of this pattern held, in eight letters."""
    data = b"".join(path.read_bytes() for path in sorted(ROOT.glob(pattern)))
    return hashlib.sha256(data).hexdigest()[:8]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def tell(row: dict[str, object]) -> None:
    """A JSON line out, and at once."""
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()
