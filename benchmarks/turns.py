"""How long one turn of a caller takes: words in, what to do next out, with everything understood and all facts kept.

    python -m benchmarks.turns > benchmarks/results/turns.jsonl

Callers who say sentences of the scorecard, drawn at random, are played through a shipped script. Each turn of theirs is
a pure function of the state before it and the words, and so can be measured again and again: every round measures every
turn once, and beside it what `transitions` alone needs to take one edge of the same script's graph. A turn's time is
the median of its rounds, in time of the processor; told are the median turn and the slowest one in a hundred.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from statistics import median
from time import process_time

from transitions import Machine

from benchmarks.compiled import ASKED, Elsewhere, answer, built
from benchmarks.sentences import sentences
from benchmarks.surroundings import ROOT, surroundings, tell
from engine.calls.events import Heard
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import DEFAULT_NOW, Call, Say
from engine.trial.simulate import Line
from server.content import Files, shipped_grammars

SCRIPT = "scripts/phone-robot.yaml"
CALLS = 120
SAYINGS = 8
"""Of one caller; most calls end before."""
ROUNDS = 15
Pair = tuple[State, Heard]


class Watched(Line):
    """A line that keeps every turn of the caller."""

    def __init__(self, script: Script, call: Call, turns: list[Pair]) -> None:
        super().__init__(script, call)
        self.turns = turns

    def happen(self, event: object) -> None:
        if isinstance(event, Heard) and event.final and self.state.phase == "answered":
            self.turns.append((self.state, event))
        super().happen(event)  # type: ignore[arg-type]


def played(script: Script) -> list[Pair]:
    """The turns of all calls: the state before each, and the words."""
    draw = Random(2026)  # noqa: S311  the same draw in every run
    said = [sentence.say for sentence in sentences() if not sentence.place.startswith("announcements")]
    variables = {name: each.default or "星河" for name, each in script.variables.items()}
    turns: list[Pair] = []
    for number in range(CALLS):
        steps = tuple(Say(draw.choice(said)) for _ in range(SAYINGS))
        line = Watched(script, Call(f"c{number}", DEFAULT_NOW, variables, steps), turns)
        line.begin()
        for each in steps:
            line.take(each)
        line.finish()
    return turns


def edges(script: Script, turns: Sequence[Pair]) -> list[Callable[[], object]]:
    """For each turn an edge that leads on from its stage, taken by the library alone."""
    table = [[f"on {trigger}", source, target] for source, trigger, target in script.edges()]
    machine = Machine(
        model=None, states=list(script.stages), initial=script.start, transitions=table, auto_transitions=False
    )

    class Model:
        state = script.start

    model = Model()
    machine.add_model(model)

    def taking(stage: str, trigger: str) -> Callable[[], object]:
        event = machine.events[f"on {trigger}"]

        def take() -> object:
            machine.set_state(stage, model)
            return event.trigger(model)

        return take

    return [taking(state.stage, min(script.graph.exits(state.stage))) for state, _ in turns]


def timed(act: Callable[[], object]) -> float:
    start = process_time()
    act()
    return process_time() - start


def at(times: Sequence[float], share: float) -> float:
    """The time below which this share of them lies, in microseconds."""
    return round(sorted(times)[int(share * (len(times) - 1))] * 1_000_000, 1)


def all_timed(acts: Sequence[Callable[[], object]]) -> list[float]:
    return [timed(act) for act in acts]


def ready() -> tuple[Script, list[Pair]]:
    script, problems = load_script(str(ROOT / SCRIPT), Files())
    if script is None:
        sys.exit("\n".join(map(str, problems)))
    return script, played(script)


def whole(script: Script, turns: Sequence[Pair]) -> Callable[[], list[float]]:
    acts = [partial(step, script, *pair) for pair in turns]
    return lambda: all_timed(acts)


def main(rounds: int) -> None:
    script, turns = ready()
    contenders = {"huashu, a whole turn": whole(script, turns)}
    if built():
        contenders["huashu, compiled, a whole turn"] = Elsewhere("benchmarks.turns")
    contenders["transitions, one edge"] = partial(all_timed, edges(script, turns))
    tell({**surroundings("turns", shipped_grammars(), ("transitions",)), "rounds": rounds, "script": script.name})
    times: dict[str, list[list[float]]] = {name: [] for name in contenders}
    gc.collect()
    for _ in range(rounds + 1):
        for name, measure in contenders.items():
            times[name].append(measure())
    for name, found in times.items():
        typical = [median(each) for each in zip(*found[1:], strict=True)]  # the first round warms up
        tell({"contender": name, "turns": len(turns), "p50_us": at(typical, 0.5), "p99_us": at(typical, 0.99)})


if __name__ == "__main__":
    if ASKED in sys.argv:
        answer(whole(*ready()))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
