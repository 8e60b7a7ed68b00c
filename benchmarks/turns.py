"""How long one turn of a caller takes: words in, what to do next out, with everything understood and all facts kept.

    python -m benchmarks.turns > benchmarks/results/turns.jsonl

Callers who say sentences of the scorecard, drawn at random, are played through a shipped script. Each turn of theirs is
a pure function of the state before it and the words, and so can be measured again and again: every round measures every
turn once. Beside it, what Python and a search take for the least of it (`floor`), what `transitions` and
python-statemachine alone need to take one edge of the same script's graph, and what frameworks need for the same turn
of the same call, with a model that answers at once (`benchmarks.peers`). Told are the median turn and the slowest one
in a hundred, in time of the processor: the median of the rounds, the lowest and the highest.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from random import Random
from statistics import median
from time import process_time

from ahocorasick_rs import AhoCorasick
from transitions import Machine

from benchmarks.asked import Asked
from benchmarks.compiled import ASKED, Elsewhere, answer, built
from benchmarks.environments import FRAMEWORKS, LIBRARIES
from benchmarks.frameworks import PEERS, Turn, peer, talk, versions
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
CALLS = 60
SAYINGS = 8
"""Of one caller; most calls end before."""
ROUNDS = 7


class Watched(Line):
    """A line that keeps every turn of the caller."""

    def __init__(self, script: Script, call: Call, turns: list[Turn]) -> None:
        super().__init__(script, call)
        self.turns = turns

    def happen(self, event: object) -> None:
        if isinstance(event, Heard) and event.final and self.state.phase == "answered":
            self.turns.append((self.state, event))
        super().happen(event)  # type: ignore[arg-type]


def played(script: Script) -> list[list[Turn]]:
    """The turns of each call: the state before each, and the words."""
    draw = Random(2026)  # noqa: S311  the same draw in every run
    said = [sentence.say for sentence in sentences() if not sentence.place.startswith("announcements")]
    variables = {name: each.default or "星河" for name, each in script.variables.items()}
    calls: list[list[Turn]] = []
    for number in range(CALLS):
        steps = tuple(Say(draw.choice(said)) for _ in range(SAYINGS))
        calls.append([])
        line = Watched(script, Call(f"c{number}", DEFAULT_NOW, variables, steps), calls[-1])
        line.begin()
        for each in steps:
            line.take(each)
        line.finish()
    return calls


def edges(script: Script, turns: Sequence[Turn]) -> list[Callable[[], object]]:
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


def steps_of(script: Script, turns: Sequence[Turn]) -> list[list[str]]:
    """The same for a library in another process: each stage, and the trigger that leads on from it."""
    return [[state.stage, f"on {min(script.graph.exits(state.stage))}"] for state, _ in turns]


def state_machine(script: Script) -> Asked:
    """python-statemachine with this script's graph."""
    machine = LIBRARIES.ask("state_machine")
    edges = [[source, f"on {trigger}", target] for source, trigger, target in script.edges()]
    machine.tell(list(script.stages), script.start, edges)
    return machine


def floor(script: Script, turns: Sequence[Turn]) -> list[Callable[[], object]]:
    """For each turn what is left of it when nothing needs to be found out: a library's search for the phrases, in their
    spelling alone, and the new state, its facts and the orders, made of values that are there.
    """
    automaton = AhoCorasick(
        [
            phrase.text
            for grammar in shipped_grammars()
            for intent in grammar.intents
            for phrase in intent.phrases
            if not phrase.pattern
        ]
    )

    def left(state: State, event: Heard) -> Callable[[], object]:
        after, actions = step(script, state, event)
        news, facts = _changed(state, after), _changed(state.facts, after.facts)
        orders = [(type(each), [getattr(each, field.name) for field in fields(each)]) for each in actions]

        def take() -> object:
            found = automaton.find_matches_as_indexes(event.text, overlapping=True)
            made = _copied(state, {**news, "facts": _copied(state.facts, facts)})
            return found, made, tuple([kind(*values) for kind, values in orders])

        return take

    return [left(*turn) for turn in turns]


def _changed(before: object, after: object) -> dict[str, object]:
    old = vars(before)
    return {name: value for name, value in vars(after).items() if value is not old[name]}


def _copied(thing: object, changes: Mapping[str, object]) -> object:
    """The same with other values, in the fastest way Python has."""
    made = object.__new__(type(thing))
    object.__setattr__(made, "__dict__", {**thing.__dict__, **changes})
    return made


def timed(act: Callable[[], object]) -> float:
    start = process_time()
    act()
    return process_time() - start


def at(times: Sequence[float], share: float) -> float:
    """The time below which this share of them lies, in microseconds."""
    return round(sorted(times)[int(share * (len(times) - 1))] * 1_000_000, 1)


def all_timed(acts: Sequence[Callable[[], object]]) -> list[float]:
    return [timed(act) for act in acts]


def ready() -> tuple[Script, list[list[Turn]]]:
    script, problems = load_script(str(ROOT / SCRIPT), Files())
    if script is None:
        sys.exit("\n".join(map(str, problems)))
    return script, played(script)


def whole(script: Script, calls: Sequence[Sequence[Turn]]) -> Callable[..., list[float]]:
    """Times all turns; with `once_more` each a second time at once, when all that it touches is still in the caches of
    the processor.
    """
    acts = [partial(step, script, *turn) for turns in calls for turn in turns]

    def times(once_more: bool = False) -> list[float]:
        return [timed(act) for act in acts if not once_more or act()]

    return times


def main(rounds: int) -> None:
    script, calls = ready()
    turns = [turn for each in calls for turn in each]
    contenders: dict[str, Callable[[], list[float]]] = {"huashu, a whole turn": whole(script, calls)}
    if built():
        compiled = Elsewhere("benchmarks.turns")
        contenders["huashu, compiled, a whole turn"] = compiled
        contenders["huashu, compiled, the same turn once more"] = partial(compiled, True)
    contenders["the floor"] = partial(all_timed, floor(script, turns))
    contenders["transitions, one edge"] = partial(all_timed, edges(script, turns))
    about = surroundings("turns", shipped_grammars(), ("transitions",))
    if LIBRARIES.there("turns"):
        machine, steps = state_machine(script), steps_of(script, turns)
        contenders["python-statemachine, one edge"] = lambda: [spent for spent, _ in machine("turns", steps)]
        about["versions"] |= {"python-statemachine": machine("version")}  # type: ignore[operator]
    if FRAMEWORKS.there("turns"):
        told = talk(script, calls)
        contenders |= {shown: partial(peer(name, told), "turns") for name, shown in PEERS.items()}
    about["versions"] |= versions(("pipecat-ai", "livekit-agents"))  # type: ignore[operator]
    tell({**about, "rounds": rounds, "script": script.name})
    times: dict[str, list[list[float]]] = {name: [] for name in contenders}
    gc.collect()
    for _ in range(rounds + 1):
        for name, measure in contenders.items():
            times[name].append(measure())
    for name, found in times.items():
        tell({"contender": name, "turns": len(turns), **figures(found[1:])})  # the first round warms up


def figures(rounds: Sequence[Sequence[float]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, share in (("p50_us", 0.5), ("p99_us", 0.99)):
        each = [at(times, share) for times in rounds]
        found |= {name: round(median(each), 1), f"{name}_rounds": [min(each), max(each)]}
    return found


if __name__ == "__main__":
    if ASKED in sys.argv:
        answer(whole(*ready()))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
