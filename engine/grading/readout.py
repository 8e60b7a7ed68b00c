"""Facts as plain values, by the names that authors use: what programs get to read of a call."""

from __future__ import annotations

from operator import attrgetter

from engine.grading.facts import FACTS, MADE, Facts


def readout(facts: Facts) -> dict[str, object]:
    """Every fact by the name authors use, as plain values for JSON; `heard` counts utterances for each intent."""
    found = dict(zip(FACTS, _FIELDS(facts), strict=True))
    for name in _REMADE:
        found[name] = value_of(name, facts)
    return found


def value_of(name: str, facts: Facts) -> object:
    """One of them."""
    field, kind = _READ[name]
    value = getattr(facts, field)
    if kind == "set":
        return _counted(value) if name == "heard" else list(value)
    return value / 1000 if kind == "duration" and value is not None else value


def _counted(intents: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for intent in intents:
        found[intent] = found.get(intent, 0) + 1
    return found


_READ = {name: (about.field or name, about.kind) for name, about in FACTS.items()}
_FIELDS = attrgetter(*[field for field, _ in _READ.values()])
_REMADE = [name for name, (_, kind) in _READ.items() if kind in ("set", "duration")]
"""Facts whose value is not that of their field; the others are fetched in one go."""


def steps_of(facts: Facts) -> dict[str, list[int]]:
    """The steps of the log that made each fact, by the name authors use; left out are those no single step makes."""
    by_field: dict[str, list[int]] = {}
    for one in facts.evidence:
        by_field.setdefault(one.fact, []).append(one.seq)
    if facts.tail_refusals:
        by_field["tail_refusals"] = by_field.get("refusals", [])[-facts.tail_refusals :]
    found = {
        name: by_field[field][-1:] if latest else by_field[field]
        for name, (field, latest) in MADE.items()
        if field in by_field
    }
    return {name: steps for name, steps in found.items() if steps}
