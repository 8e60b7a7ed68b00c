"""Calls graded by an engine of rules, in the environment of the matchers: asked for by `benchmarks.rules`.

    python -m benchmarks.peers.rule_engines NAME

Each gets the rules as expressions with their letters, and gives the letter of the first that holds. It is ready before
time is taken: rules parsed, facts there as dicts.

- `chain`: rule-engine's own chain of rules
- `table`: a ZEN decision table with the first hit, one condition in each row; what a loader brings is compiled once
- `expression`: all rules as one ZEN expression of ifs within ifs, which needs no table at all
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from time import process_time
from typing import Any

from benchmarks.asked import answer

Rules = list[tuple[str, str | None]]
Grader = Callable[[dict[str, Any]], str | None]


def chain(rules: Rules) -> Grader:
    from rule_engine import Chain  # noqa: PLC0415  each imports its own engine alone

    return Chain(rules).evaluate


def table(rules: Rules) -> Grader:
    from zen import ZenEngine  # noqa: PLC0415

    rows = [{"_id": f"{number}", "when": when, "letter": json.dumps(each)} for number, (when, each) in enumerate(rules)]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": "letter", "name": "letter", "field": "letter"}],
        "rules": rows,
    }
    nodes = [
        {"id": "facts", "name": "facts", "type": "inputNode"},
        {"id": "scheme", "name": "scheme", "type": "decisionTableNode", "content": content},
        {"id": "grade", "name": "grade", "type": "outputNode"},
    ]
    ways = (("facts", "scheme"), ("scheme", "grade"))
    edges = [{"id": f"{source}-{target}", "sourceId": source, "targetId": target} for source, target in ways]
    graph = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    engine = ZenEngine({"loader": {"type": "static", "content": {"scheme": graph}}})
    return lambda facts: engine.evaluate("scheme", facts)["result"].get("letter")


def expression(rules: Rules) -> Grader:
    from zen import compile_expression  # noqa: PLC0415

    text = "null"
    for when, letter in reversed(rules):
        text = f"({when}) ? {json.dumps(letter)} : ({text})"
    return compile_expression(text).evaluate


GRADERS: dict[str, tuple[str, Callable[[Rules], Grader]]] = {
    "chain": ("rule-engine", chain),
    "table": ("zen-engine", table),
    "expression": ("zen-engine", expression),
}
"""Each with the package it comes from."""


def main(name: str) -> None:
    """The first line brings the rules and the facts."""
    rules, facts = json.loads(sys.stdin.readline())
    package, build = GRADERS[name]
    grader = build(rules)

    def seconds() -> float:
        start = process_time()
        for each in facts:
            grader(each)
        return process_time() - start

    measures: dict[str, Callable[[], object]] = {
        "letters": lambda: [grader(each) for each in facts],
        "seconds": seconds,
        "version": lambda: f"{package} {version(package)}",
    }
    answer(lambda what: measures[what]())


if __name__ == "__main__":
    main(sys.argv[1])
