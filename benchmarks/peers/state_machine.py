"""The graph of a script as a machine of python-statemachine: asked for by `benchmarks.turns` and `benchmarks.scale`.

    python -m benchmarks.peers.state_machine

What is measured is an edge taken from a stage that is set before, as it is with `transitions`, and what one more
machine on the same graph keeps.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from importlib.metadata import version
from time import process_time
from typing import Any

from statemachine import State, StateMachine

from benchmarks.asked import answer


def machine_of(stages: list[str], start: str, edges: list[list[str]]) -> tuple[type[StateMachine], dict[str, str]]:
    """A class on this graph, and its events by the names of the triggers, which need not be names in Python. An edge
    from `*` leaves from everywhere.
    """
    states = {
        name: State(name, value=name, initial=name == start, final=not any(source == name for source, _, _ in edges))
        for name in stages
    }
    events: dict[str, str] = {}
    taken: dict[str, Any] = {}
    for source, trigger, target in edges:
        event = events.setdefault(trigger, f"event_{len(events)}")
        way = states[target].from_.any() if source == "*" else states[source].to(states[target])
        taken[event] = taken[event] | way if event in taken else way
    named = {f"stage_{number}": state for number, state in enumerate(states.values())}
    checks = {"validate_disconnected_states": False, "validate_final_reachability": False}  # a script has its own
    return type(StateMachine)("Graph", (StateMachine,), {**named, **taken, **checks}), events


def main() -> None:
    """The first line brings the graph."""
    stages, start, edges = json.loads(sys.stdin.readline())
    graph, events = machine_of(stages, start, edges)

    def turns(taken: list[list[str]]) -> list[list[Any]]:
        """For each stage and trigger the seconds it takes, and where it leads."""
        machine = graph()
        bound = {trigger: getattr(machine, event) for trigger, event in events.items()}  # `send` would look it up
        found = []
        for stage, trigger in taken:
            take = bound[trigger]
            begun = process_time()
            machine.current_state_value = stage
            take()
            found.append([process_time() - begun, machine.current_state_value])
        return found

    def memory(count: int) -> int:
        kept = [graph()]
        gc.collect()
        tracemalloc.start()
        kept += [graph() for _ in range(count)]
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held // count

    measures = {"turns": turns, "memory": memory, "version": lambda: version("python-statemachine")}
    answer(lambda what, *arguments: measures[what](*arguments))


if __name__ == "__main__":
    main()
