"""Many calls on one server for a long time, with everything going wrong that may: what breaks, and what grows.

    python -m benchmarks.soak --minutes 60 --calls 200 > benchmarks/results/soak-200.jsonl
    make soak MINUTES=60 CALLS=200

`huashu serve` as it is, but for its recogniser, which reads chords instead of words. Callers lose frames, stall, read
slowly, cut in, hang up, break off without a word, and leave sockets half open. In the first third of the time the
server is killed, and so are its recogniser and, all the time, the process of its voice; who looks after it starts it
again. The rest of the time is one life, in which memory, file descriptors, tasks and lateness are looked at.

Afterwards each call is held against its record. The exit code is 1 when anything is not as it should be; each such
thing is a line with its call.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from benchmarks.ports import held_port
from benchmarks.soaking import figures, judge
from benchmarks.soaking.callers import BUCKETS_MS
from benchmarks.soaking.course import SHORT_SECONDS, Soak
from benchmarks.soaking.figures import MB
from benchmarks.soaking.judge import Problem
from benchmarks.soaking.receiver import Receiver
from benchmarks.soaking.scripts import write_scripts
from benchmarks.soaking.supervise import Life, Sample, Supervised
from benchmarks.surroundings import surroundings, tell
from server.outbox.sending import new_secret

Row = dict[str, Any]


def judged(soak: Soak, first: Sample, last: Sample) -> tuple[Row, list[Problem]]:
    """The figures of a soak, and what is not as it should be. `first` and `last` are the server without calls."""
    rows, late, unreached = soak.rows()
    folder, outbox = soak.server.folder, soak.outbox()
    kept, problems = judge.records(folder / "data" / "calls")
    replayed, parted = judge.replays(folder, kept)
    with soak.server.log.open(encoding="utf-8") as lines:
        told, faults = judge.faults(lines)
    life = max(soak.server.lives, key=lambda each: each.ended - each.ready)
    measured, growing = resources(life, first, last, [*BUCKETS_MS, figures.BEYOND_MS], late)
    outages = [(since, until or soak.server.life.ended) for since, until, _ in soak.killed]
    problems += [
        *soak.unexpected,
        *judge.calls(rows, kept, outages),
        *judge.grades(folder, kept),
        *parted,
        *judge.promises(kept, outbox, soak.receiver.came, soak.receiver.changed),
        *faults,
        *growing,
    ]
    summaries = [record.summary for record in kept.values() if record.summary]
    return {
        "what": "figures",
        "minutes": soak.minutes,
        "lines": soak.calls,
        "calls": len(rows),
        "taken": sum(row["taken"] for row in rows),
        "records": len(kept),
        "cut_off": sum(record.was_cut for record in kept.values()),
        "fates": dict(Counter(row["fate"] for row in rows)),
        "grades": dict(Counter(str(summary["grade"]) for summary in summaries)),
        "prompts_heard": sum(len(row["heard"]) for row in rows),
        "not_taken": dict(unreached),
        "deaths": dict(Counter(what for _, _, what in soak.killed)) | {"voice": soak.voice_deaths},
        "starts_s": [round(each.ready - each.began, 1) for each in soak.server.lives],
        "replayed": replayed,
        "recordings": soak.recordings,
        "messages": dict(Counter(outbox.values())),
        "repeated": sum(times > 1 for times in soak.receiver.came.values()),
        "server_log": told,
        **measured,
        "problems": len(problems),
    }, problems


def resources(
    life: Life, first: Sample, last: Sample, bounds_ms: list[float], late: list[float]
) -> tuple[Row, list[Problem]]:
    """Of the longest life, and of the server without calls before and after."""
    samples, (trends, problems) = figures.judged(life), figures.growth(life)
    ended = int(samples[-1].values["ended"] - samples[0].values["ended"])
    seconds = samples[-1].at - samples[0].at
    ours, theirs = figures.late_ms(samples), figures.shares(bounds_ms, late)
    cpu_s = samples[-1].values["cpu_s"] - samples[0].values["cpu_s"]
    return {
        "judged_minutes": round(seconds / 60, 1),
        "judged_calls": ended,
        "calls_at_a_time": round(sum(each.values["calls"] for each in samples) / len(samples), 1),
        "rss_mb": [round(each.values["rss_bytes"] / MB, 1) for each in (first, samples[0], samples[-1], last)],
        "growth": {name: each.plain for name, each in trends.items()},
        "rss_bytes_per_call": round(trends["rss_bytes"].grown / ended) if trends and ended else None,
        "idle": {name: [figures.value(first, name), figures.value(last, name)] for name in figures.LEFT_OVER},
        "core_percent": round(100 * cpu_s / seconds) if seconds else 0,
        "late_ms": ours,
        "callers_late_ms": theirs,
    }, [*problems, *figures.left_over(first, last), *figures.punctual(ours, theirs)]


def settings(soak_calls: int, receiver: Receiver, token: str, *, is_short: bool) -> Mapping[str, str]:
    return {
        "HUASHU_SCRIPTS": "scripts",
        "HUASHU_SCRIPT": "soak-0",
        "HUASHU_RECOGNISER": "none",
        "HUASHU_VOICE": "plain",
        "HUASHU_DETECTOR": "energy",
        "HUASHU_TOKEN": token,
        "HUASHU_DATA": "data",
        "HUASHU_MAX_CALLS": str(2 * soak_calls),
        "HUASHU_IDLE_SECONDS": "4" if is_short else "15",
        "HUASHU_DRAIN_SECONDS": "5",
        "HUASHU_WEBHOOK_URL": receiver.url,
        "HUASHU_WEBHOOK_SECRET": new_secret(secrets.token_bytes(24)),
    }


def soak(minutes: float, calls: int, seed: int, folder: Path) -> tuple[list[Row], list[Problem]]:
    """Rows for the results, and what is wrong."""
    write_scripts(folder / "scripts")
    receiver, token = Receiver(), secrets.token_hex(12)
    told = settings(calls, receiver, token, is_short=minutes * 60 <= SHORT_SECONDS)
    with held_port() as port:
        running = Soak(minutes, calls, seed, folder, Supervised(folder, port, told), receiver, token)
        try:
            first, last = running.run()
        finally:
            running.end()
            receiver.close()
    found, problems = judged(running, first, last)
    lives = [
        {"what": "minute", "life": number, **row}
        for number, life in enumerate(running.server.lives, 1)
        for row in figures.minutes(life)
    ]
    return [*lives, found, *({"what": "problem", **each.plain} for each in problems)], problems


def main() -> None:
    options = argparse.ArgumentParser(description="Many calls for a long time, with everything going wrong that may.")
    options.add_argument("--minutes", type=float, default=60.0)
    options.add_argument("--calls", type=int, default=200, help="at a time")
    options.add_argument("--seed", type=int, default=1, help="another number, other fates")
    options.add_argument("--keep", type=Path, help="an empty folder, in which everything is left to be looked at")
    wish = options.parse_args()
    tell(surroundings("soak", (), ("uvicorn", "websockets")))
    folder = wish.keep or Path(mkdtemp(prefix="huashu-soak-"))
    rows, problems = soak(wish.minutes, wish.calls, wish.seed, folder.resolve())
    for row in rows:
        tell(row)
    for line in table(rows):
        print(line, file=sys.stderr)
    if problems:
        sys.exit(f"{len(problems)} things are not as they should be; what is left of it is in {folder}")
    if not wish.keep:
        shutil.rmtree(folder)


def table(rows: Sequence[Row]) -> list[str]:
    """For people."""
    found = next(row for row in rows if row["what"] == "figures")
    lines = [f"{name:20} {json.dumps(told, ensure_ascii=False)}" for name, told in found.items() if name != "what"]
    return [*lines, *(f"{row['call'] or '-':20} {row['problem']}" for row in rows if row["what"] == "problem")]


if __name__ == "__main__":
    main()
