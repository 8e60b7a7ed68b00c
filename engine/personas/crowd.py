"""Many simulated callers: who calls, when, and in the name of whom. The same seed, the same crowd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from engine.language.script import Script
from engine.personas.chance import Chance
from engine.personas.live import Made, call_of
from engine.personas.persona import Persona, Table
from engine.personas.words import Vocabulary
from engine.trial.caller import DEFAULT_NOW, Call
from engine.trial.samples import sample_values

FIRST = datetime.fromisoformat(DEFAULT_NOW)
DAY_SECONDS = 8 * 3600
"""The calls of a crowd are spread over one working day."""


def crowd(
    script: Script, table: Table, many: int, seed: int, variables: Mapping[str, str] | None = None
) -> Iterator[Made]:
    """So many calls by this population, in their order. Raises LeadError when the variables do not fit the script."""
    vocabulary = Vocabulary(script, table)
    values = sample_values(script) | dict(variables or {})
    for number, persona in enumerate(who_calls(table, many, seed), 1):
        now = FIRST + timedelta(seconds=(number - 1) * DAY_SECONDS // many)
        call = Call(f"{persona.name}-{number:0{len(str(many))}}", now.isoformat(), values)
        yield call_of(persona, vocabulary, call, Chance(seed, number))


def who_calls(table: Table, many: int, seed: int) -> list[Persona]:
    """So many personas, each as often as its share says, mixed."""
    personas = [persona for persona in table.personas.values() if persona.share]
    whole = sum(persona.share for persona in personas)
    exact = {persona.name: many * persona.share / whole for persona in personas}
    counts = {name: int(share) for name, share in exact.items()}
    behind = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in behind[: many - sum(counts.values())]:
        counts[name] += 1
    chosen = [persona for persona in personas for _ in range(counts[persona.name])]
    return Chance(seed, "crowd").shuffled(chosen)
