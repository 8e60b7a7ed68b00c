"""The same facts of the same calls graded by engines of rules: a part of `benchmarks.grading`.

The scheme of the script is said to each in its own language. Nothing of it is typed by hand: `said` writes down the
conditions as they were read from YAML, in what the expressions of rule-engine and of ZEN have in common. The first rule
whose condition holds gives the letter, and whoever gives another letter than huashu in any call is not measured. Each
of them gets the facts its conditions ask for as a dict that is there before time is taken. Huashu is measured with all
it tells, and for the letter alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from statistics import median
from time import process_time

from benchmarks.asked import Asked
from benchmarks.compiled import Elsewhere, answer, built
from benchmarks.environments import LIBRARIES
from engine.calls.log import read
from engine.grading.condition import AnyOf, Condition, Has, Includes, Is, Not, Test, Within
from engine.grading.facts import FACTS, Facts
from engine.grading.grade import Letter, Scheme, grade
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.compare import facts_of
from server.content import Files

ENGINES = {
    "chain": "rule-engine, a chain of rules",
    "table": "zen-engine, a decision table",
    "expression": "zen-engine, one expression",
}
"""Each by its name in `benchmarks.peers.rule_engines`."""


def said(of: Condition | Test) -> str:
    """A condition as an expression."""
    match of:
        case Condition(tests):
            return " and ".join(map(said, tests)) or "true"
        case Not(test):
            return f"not ({said(test)})"
        case AnyOf(conditions):
            return f"({' or '.join(f'({said(each)})' for each in conditions)})"
        case Within(fact, field, low, high):
            known = [f"{field} != null"] if getattr(Facts(), field) is None else []
            bounds = [f"{field} {sign} {end}" for sign, end in ((">=", low), ("<=", high)) if end is not None]
            return f"({' and '.join(known + bounds)})"
        case Is(_, field, values):
            return f"{field} in {_quoted(values)}"
        case Has(fact, field, wanted):
            if FACTS[fact].kind == "text":
                return f'{field} {"!=" if wanted else "=="} ""'
            return field if wanted else f"not {field}"
        case Includes(_, field, values, every):
            return f"({(' and ' if every else ' or ').join(f'{_quoted(value)} in {field}' for value in values)})"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def rules_of(scheme: Scheme) -> list[tuple[str, Letter | None]]:
    """Each rule as its condition and its letter. Points would have to be added up first, which is no condition."""
    if scheme.points:
        raise ValueError(f"{scheme.name} gives points")
    return [(said(rule.when), rule.grade) for rule in scheme.rules]


def fields_of(scheme: Scheme) -> list[str]:
    """The fields of `Facts` that the conditions ask for."""
    return list(dict.fromkeys(test.field for rule in scheme.rules for test in rule.when.plain()))


def plain(fields: Iterable[str], facts: Facts) -> dict[str, object]:
    found = {field: getattr(facts, field) for field in fields}
    return {field: list(value) if isinstance(value, tuple) else value for field, value in found.items()}


def letter(scheme: Scheme, facts: Facts) -> Letter | None:
    """The letter without its proof."""
    score = scheme.score(facts)
    for rule in scheme.rules:
        if rule.holds(facts, score):
            return rule.grade
    return None


# --- contenders ------------------------------------------------------------------------------------------------------

OURS: dict[str, Callable[[Scheme, Facts], object]] = {"with its proof": grade, "the letter alone": letter}


def peer(name: str, scheme: Scheme, facts: Iterable[Facts]) -> Asked:
    """One to be asked for its `letters`, for the `seconds` they take it, and for its `version`."""
    process = LIBRARIES.ask("rule_engines", name)
    fields = fields_of(scheme)
    process.tell(rules_of(scheme), [plain(fields, each) for each in facts])
    return process


def ours(script: Script, logs: Iterable[bytes]) -> Callable[[str], float]:
    facts = [facts_of(read(data), script.interest) for data in logs]
    return lambda name: timed(partial(OURS[name], script.scheme), facts)


def elsewhere() -> Callable[..., object]:
    """What the compiled engine answers: first it gets the calls, then it measures."""
    known: list[Callable[[str], float]] = []

    def measure(what: str, path: str = "", logs: Sequence[str] = ()) -> object:
        if what != "calls":
            return known[-1](what)
        script, problems = load_script(path, Files())
        if script is None:
            sys.exit("\n".join(map(str, problems)))
        known.append(ours(script, [log.encode() for log in logs]))
        return len(logs)

    return measure


def timed(act: Callable[[Facts], object], facts: Sequence[Facts]) -> float:
    start = process_time()
    for each in facts:
        act(each)
    return process_time() - start


# --- the run ---------------------------------------------------------------------------------------------------------


def ruled(script: Script, path: str, logs: Sequence[bytes], rounds: int) -> Iterator[dict[str, object]]:
    """What was graded, then a row for each contender: microseconds a call, the median of the rounds, the least and the
    most.
    """
    if not LIBRARIES.there("grading"):
        return
    scheme, facts = script.scheme, [facts_of(read(data), script.interest) for data in logs]
    contenders = {f"huashu, {name}": partial(ours(script, logs), name) for name in OURS}
    with ExitStack() as stack:
        if built():
            compiled = stack.enter_context(closing(Elsewhere("benchmarks.rules")))
            compiled("calls", path, [data.decode() for data in logs])
            contenders |= {f"huashu, compiled, {name}": partial(compiled, name) for name in OURS}
        engines = {shown: stack.enter_context(closing(peer(name, scheme, facts))) for name, shown in ENGINES.items()}
        for shown, engine in engines.items():
            if engine("letters") != [letter(scheme, each) for each in facts]:
                sys.exit(f"{shown} does not give our letters")
            contenders[shown] = partial(engine, "seconds")
        versions = list(dict.fromkeys(engine("version") for engine in engines.values()))
        made = partial(timed, partial(plain, fields_of(scheme)), facts)
        spent = in_turns({**contenders, "dict": made}, rounds, len(logs))
    of = {"scheme": scheme.name, "calls": len(logs), **about(scheme, facts)}
    yield {**of, "versions": versions, "dict": spent["dict"]}
    for name in contenders:
        yield {"ruled": name, **spent[name]}


def about(scheme: Scheme, facts: Iterable[Facts]) -> dict[str, object]:
    places = {rule.id: place for place, rule in enumerate(scheme.rules, 1)}
    deciding = round(median(places[grade(scheme, each).rule] for each in facts))
    return {"rules": len(scheme.rules), "facts": len(fields_of(scheme)), "deciding": deciding}


def in_turns(contenders: dict[str, partial[float]], rounds: int, calls: int) -> dict[str, dict[str, object]]:
    """They take turns; the first round warms up."""
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, measure in contenders.items():
            spent[name].append(round(measure() * 1e6 / calls, 1))
    rest = {name: each[1:] for name, each in spent.items()}
    return {name: {"us": round(median(each), 1), "us_rounds": [min(each), max(each)]} for name, each in rest.items()}


if __name__ == "__main__":
    answer(elsewhere())
