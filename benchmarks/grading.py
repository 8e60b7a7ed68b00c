"""How many recorded calls are graded in a second: reading, folding, grading and telling apart, for calls of any length;
the same facts graded by engines of rules (`benchmarks.rules`); and the whole command by one process, by two, and by a
Ray cluster of two machines.

    python -m benchmarks.grading > benchmarks/results/grading.jsonl

The calls are those of callers who say sentences of the scorecard to a shipped script, so many turns each. Parts are
measured in time of the processor, call by call: the median of the rounds. The first round, in which nothing that recurs
has been read before, is told apart. The commands are measured on simulated callers, by the clock.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import msgspec

from benchmarks.compiled import ASKED, Elsewhere, answer, built
from benchmarks.rules import ruled
from benchmarks.sentences import sentences
from benchmarks.surroundings import ROOT, surroundings, tell
from engine.calls.log import actions_in, entry_line, header_line, read
from engine.grading.grade import grade
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import DEFAULT_NOW, Call, Say
from engine.trial.compare import facts_of
from engine.trial.simulate import simulate
from server.content import Files, shipped_grammars
from server.grading import as_json, as_text

SCRIPT = "scripts/phone-robot.yaml"
SETS = ((2, 200), (5, 200), (10, 100), (10, 400))
"""Turns of a call, and how many calls: what more turns cost, and what more calls."""
ROUNDS = 7
TRIES = 20_000
CALLS = 3_000
"""Simulated callers whose calls the commands grade."""
PARTS = ("read", "fold", "grade", "tell")
SURNAMES, TITLES = "王李张刘陈杨赵黄周吴", ("女士", "先生", "总", "老师")


def ready() -> tuple[Script, dict[int, list[bytes]]]:
    """The script, and the logs of calls by their number of turns."""
    script, problems = load_script(str(ROOT / SCRIPT), Files())
    if script is None:
        sys.exit("\n".join(map(str, problems)))
    wanted = {turns: max(calls for each, calls in SETS if each == turns) for turns, _ in SETS}
    found: dict[int, list[bytes]] = {turns: [] for turns in wanted}
    for turns, log in _calls(script):
        if turns in wanted and len(found[turns]) < wanted[turns]:
            found[turns].append(log)
        if all(len(found[each]) == wanted[each] for each in wanted):
            return script, found
    sys.exit(f"only {[len(each) for each in found.values()]} calls of {list(wanted)} turns")


def _calls(script: Script) -> Iterator[tuple[int, bytes]]:
    draw = Random(2026)  # noqa: S311  the same draw in every run
    said = [sentence.say for sentence in sentences() if not sentence.place.startswith("announcements")]
    for number in range(TRIES):
        values = {name: each.default or "星河" for name, each in script.variables.items()}
        values["name"] = draw.choice(SURNAMES) + draw.choice(TITLES)
        steps = tuple(Say(draw.choice(said)) for _ in range(draw.choice((3, 6, 12))))
        played = simulate(script, Call(f"c{number}", DEFAULT_NOW, values, steps))
        lines = [header_line(played.header), *map(entry_line, played.entries)]
        yield played.state.facts.turns, "".join(lines).encode()


def measured(script: Script, logs: list[bytes], rounds: int) -> dict[str, Any]:
    """Microseconds a call for each part; `first` is all of it in the first round."""
    actions_in.cache_clear()
    gc.collect()
    found = [_round(script, logs) for _ in range(rounds + 1)]
    parts = {part: round(median(each[part] for each in found[1:]) * 1e6 / len(logs)) for part in PARTS}
    return {**parts, "first": round(sum(found[0].values()) * 1e6 / len(logs))}


def _round(script: Script, logs: list[bytes]) -> dict[str, float]:
    spent = dict.fromkeys(PARTS, 0.0)
    for data in logs:
        times = [process_time()]
        log = read(data)
        times.append(process_time())
        facts = facts_of(log, script.interest)
        times.append(process_time())
        graded = grade(script.scheme, facts)
        times.append(process_time())
        as_text(log, facts, graded)
        times.append(process_time())
        for part, before, after in zip(PARTS, times, times[1:], strict=False):
            spent[part] += after - before
    return spent


def floors(script: Script, logs: list[bytes], rounds: int) -> dict[str, float]:
    """Microseconds a call for what no reader of such logs in Python can leave out, JSON by `json` and by msgspec: the
    least of the rounds.
    """
    lines = [data.splitlines() for data in logs]
    read_ones = [read(data) for data in logs]
    events = [[entry.event for entry in log.entries] for log in read_ones]
    made = [[(type(each), {one.name: getattr(each, one.name) for one in fields(each)}) for each in of] for of in events]
    results = [
        as_json(log, facts, grade(script.scheme, facts), None)
        for log, facts in ((log, facts_of(log, script.interest)) for log in read_ones)
    ]
    ways: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
        "`json.loads` of each line": (lambda each: [json.loads(line) for line in each], lines),
        "`msgspec.json.decode` of each line": (lambda each: [msgspec.json.decode(line) for line in each], lines),
        "an object for each event": (lambda each: [kind(**values) for kind, values in each], made),
        "a look at each event": (lambda each: [event.at_ms for event in each], events),
        "`json.dumps` of the result": (lambda each: json.dumps(each, ensure_ascii=False), results),
        "`msgspec.json.encode` of the result": (lambda each: msgspec.json.encode(each, enc_hook=str), results),
    }
    return {name: round(min(_spent(*way) for _ in range(rounds)) * 1e6 / len(logs), 1) for name, way in ways.items()}


def _spent(way: Callable[[Any], object], calls: list[Any]) -> float:
    start = process_time()
    for call in calls:
        way(call)
    return process_time() - start


def contender(script: Script, found: dict[int, list[bytes]]) -> Any:
    return lambda turns, calls, rounds: measured(script, found[turns][:calls], rounds)


# --- the whole command -----------------------------------------------------------------------------------------------


def commands() -> Iterator[dict[str, object]]:
    """Calls a second by the clock, start included, and whether all have written the same."""
    with TemporaryDirectory() as folder:
        logs = Path(folder, "logs")
        crowd = ("simulate", SCRIPT, "--personas", str(CALLS), "--seed", "7", "--out", str(logs), "--json")
        _huashu(*crowd, out=Path(folder, "found"))
        with _two_machines() as address:
            ways = {"one process": ("--jobs", "1"), "two processes": ("--jobs", "2"), "Ray": ("--ray", address)}
            lines: list[bytes] = []
            for name, how in ways.items():
                out = Path(folder, "out")
                start = perf_counter()
                _huashu("grade", str(logs), *how, out=out)
                seconds = perf_counter() - start
                lines.append(out.read_bytes())
                per_second = round(CALLS / seconds)
                yield {"command": name, "calls": CALLS, "per_second": per_second, "same": lines[0] == lines[-1]}


def _huashu(*arguments: str, out: Path) -> None:
    with out.open("wb") as opened:
        command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
        subprocess.run(command, cwd=ROOT, stdout=opened, check=True)  # noqa: S603


class _two_machines:  # noqa: N801  used as a function
    """A Ray cluster of two machines with a core each, on this one."""

    def __enter__(self) -> str:
        from ray.cluster_utils import Cluster  # noqa: PLC0415  an extra

        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        self._cluster.add_node(num_cpus=1)
        return str(self._cluster.address)

    def __exit__(self, *_: object) -> None:
        self._cluster.shutdown()


def main(rounds: int) -> None:
    script, found = ready()
    contenders = {"huashu": contender(script, found)}
    if built():
        contenders["huashu, compiled"] = Elsewhere("benchmarks.grading")
    tell({**surroundings("grading", shipped_grammars(), ("msgspec", "ray")), "rounds": rounds, "script": script.name})
    for turns, calls in SETS:
        steps = sum(data.count(b"\n") - 1 for data in found[turns][:calls]) / calls
        for name, measure in contenders.items():
            row = {"contender": name, "turns": turns, "calls": calls, "steps": round(steps)}
            tell(row | measure(turns, calls, rounds))
    turns, calls = SETS[-1]
    for name, microseconds in floors(script, found[turns][:calls], rounds).items():
        tell({"floor": name, "of_turns": turns, "microseconds": microseconds})
    for row in ruled(script, str(ROOT / SCRIPT), [log for each in found.values() for log in each], rounds):
        tell(row)
    for row in commands():
        tell(row)


if __name__ == "__main__":
    if ASKED in sys.argv:
        answer(contender(*ready()))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
