"""The findings of a crowd of simulated callers, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from engine.language.script import Script
from engine.personas.findings import DEAD_ENDS, Cause, Findings, Misheard
from engine.trial.compare import LETTERS_AND_NONE

MOST_SHOWN = 12
"""Misunderstandings told to people; programs get all."""

# --- for programs ----------------------------------------------------------------------------------------------------


def findings_json(script: Script, found: Findings) -> dict[str, object]:
    """Everything, as one JSON object."""
    return {
        "script": script.name,
        "script_sha256": script.sha256,
        "calls": found.calls,
        "answered": found.answered,
        "talk_ms": found.talk_ms,
        "grades": found.letters(),
        "rules": found.rules,
        "personas": _by_persona(found),
        "coverage": {
            each.kind: {"reached": each.reached, "of": each.of, "missed": [item.name for item in each.missed]}
            for each in found.coverage
        },
        "dead_ends": [asdict(each) for each in found.dead_ends],
        "longest": [asdict(each) for each in found.longest],
        "stages": [asdict(each) for each in found.stages],
        "utterances": found.utterances,
        "misunderstood": [asdict(each) for each in found.misheard],
    }


def _by_persona(found: Findings) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for (persona, letter), times in sorted(found.grades.items()):
        table.setdefault(persona, {})[letter] = times
    return table


# --- for people ------------------------------------------------------------------------------------------------------


def in_words(found: Findings) -> Iterator[str]:
    """What people want to know of it, line by line."""
    each_s = found.talk_ms / max(found.answered, 1) / 1000
    yield f"{found.answered:,} were answered and took {each_s:.0f} s on average"
    yield ""
    yield from _grades(found)
    yield ""
    yield from _coverage(found)
    yield ""
    yield from _dead_ends(found)
    yield ""
    yield "the longest calls:"
    for each in found.longest:
        yield f"  {each.call_id}: {each.talk_ms / 1000:.0f} s, {each.turns} turns, grade {each.grade}"
    yield ""
    yield from _misheard(found)


def _grades(found: Findings) -> Iterator[str]:
    letters = [letter for letter in LETTERS_AND_NONE if found.letters()[letter]]
    personas = sorted({name for name, _ in found.grades})
    wide = max(len(name) for name in (*personas, "everybody"))
    yield " ".join([" " * wide, *(f"{letter:>5}" for letter in letters)])
    rows = {name: {letter: found.grades[name, letter] for letter in letters} for name in personas}
    rows["everybody"] = dict(found.letters())
    for name, counts in rows.items():
        if any(counts.values()):
            yield " ".join([f"{name:{wide}}", *(f"{counts.get(letter) or '.':>5}" for letter in letters)])


def _coverage(found: Findings) -> Iterator[str]:
    for each in found.coverage:
        yield f"{each.kind}: {each.reached} of {each.of} reached"
        for item in each.missed:
            what = "nobody heard" if each.kind == "prompts" else "no call came to"
            yield f"  {f'{item.mark}: ' if item.mark else ''}{what} {item.name}"


def _dead_ends(found: Findings) -> Iterator[str]:
    yield "dead ends:" if found.dead_ends else "no dead ends"
    for each in found.dead_ends:
        calls = f" ({', '.join(each.examples)})" if each.examples else ""
        yield f"  stage {each.stage}, {each.calls} calls: {DEAD_ENDS[each.kind]}{calls}"


def _misheard(found: Findings) -> Iterator[str]:
    if not found.misheard:
        yield f"all {found.utterances:,} utterances were understood as they were meant"
        return
    causes = {cause: found.mistaken(cause) for cause in CAUSES}
    yield f"{sum(causes.values()):,} of {found.utterances:,} utterances were misunderstood:"
    for cause, words in CAUSES.items():
        yield f"  {causes[cause]:,} {words}"
    for each in found.misheard[:MOST_SHOWN]:
        yield f"    {told(each)}"
    if len(found.misheard) > MOST_SHOWN:
        yield f"    … and {len(found.misheard) - MOST_SHOWN} other kinds (--json has all)"


CAUSES: Mapping[Cause, str] = {
    "words": "as they were said",
    "noise": "as the line left them",
    "flipped": "because the line took a 不 or 没 away, which is not the script's fault",
}


def told(each: Misheard) -> str:
    said, heard = each.examples[0]
    as_what = "+".join(each.understood) or "nothing"
    words = said if said == heard else f"{said}, heard as {heard}"
    return f"{'+'.join(each.meant)} taken for {as_what}, {each.times} times ({each.cause}): {words}"
