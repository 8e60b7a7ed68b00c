"""What `huashu compare` has found, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from engine.language.changes import KINDS, Change
from engine.personas.findings import DEAD_ENDS
from engine.personas.persona import Table
from engine.personas.proof import Recorded, Witnessed
from engine.personas.publish import SENTENCES, Comparison
from engine.trial.compare import LETTERS_AND_NONE
from server.findings import findings_json

LONGEST = 60
"""Characters of a prompt that are told to people."""

# --- for programs ----------------------------------------------------------------------------------------------------


def comparison_json(both: Comparison, table: Table, seed: int) -> dict[str, object]:
    """Everything, as one JSON object."""
    return {
        "old": {"script": both.old.name, "sha256": both.old.sha256},
        "new": {"script": both.new.name, "sha256": both.new.sha256},
        "publish": not both.concerns,
        "verdict": both.verdict,
        "concerns": [{"kind": each.kind, **each.values} for each in both.concerns],
        "changes": [asdict(each) | {"mark": str(each.mark or "")} for each in both.changes],
        "warnings": list(both.warnings),
        "witnesses": _witnesses_json(both.witnesses),
        "callers": {
            "table": table.name,
            "seed": seed,
            "before": findings_json(both.old, both.before),
            "after": findings_json(both.new, both.after),
            "moved": _moves_json(both.moved),
        },
        "recorded": _recorded_json(both.recorded),
    }


def _witnesses_json(found: Witnessed | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"changed": [asdict(each) for each in found.changed], "lost": list(found.lost)}


def _recorded_json(found: Recorded | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "calls": found.calls,
        "same": found.same,
        "parted": found.parted,
        "foreign": found.foreign,
        "unfit": found.unfit,
        "changed": found.changed,
        "moved": _moves_json(found.moves),
        "partings": [asdict(each) for each in found.crossroads()],
    }


def _moves_json(moves: Mapping[tuple[str, str], int]) -> list[dict[str, object]]:
    return [{"before": one, "after": other, "calls": times} for (one, other), times in sorted(moves.items())]


# --- for people ------------------------------------------------------------------------------------------------------


def in_words(both: Comparison, table: Table, seed: int) -> Iterator[str]:
    yield from _changes(both.changes)
    yield from (f"new warning: {each}" for each in both.warnings)
    yield ""
    yield from _witnesses(both.witnesses)
    yield f"simulated callers: {both.after.calls:,} on both (table {table.name}, seed {seed})"
    yield from _grades(both)
    yield from _reach(both)
    yield ""
    yield from _calls(both.recorded)
    yield both.verdict if not both.concerns else "look at:"
    yield from (f"  {SENTENCES[each.kind].format(**each.values)}" for each in both.concerns)


def _changes(found: tuple[Change, ...]) -> Iterator[str]:
    counts = Counter(each.kind for each in found)
    told = ", ".join(f"{counts[kind]} {_several(kind, counts[kind])}" for kind in KINDS if counts[kind])
    yield f"changes: {told}" if found else "no changes"
    for each in found:
        place = f"{each.mark}: " if each.mark else ""
        yield f"  {place}{each.how} {each.named}"
        yield from (f"    {sign} {_short(text)}" for sign, text in (("-", each.before), ("+", each.after)) if text)


def _several(word: str, count: int) -> str:
    return word if count == 1 else f"{word}es" if word.endswith("ch") else f"{word}s"


def _witnesses(found: Witnessed | None) -> Iterator[str]:
    if found is None:
        return
    count = len(found.changed) + len(found.lost)
    yield f"witnesses: {count} changed" if count else "witnesses: every shortest call has the same grade in both"
    for each in found.changed:
        yield f"  rule {each.rule} ({each.of}): {each.before} → {each.after}: {_short(' | '.join(each.words))}"
    yield from (f"  rule {rule}: no call ends in it any more" for rule in found.lost)
    yield ""


def _grades(both: Comparison) -> Iterator[str]:
    one, other = both.before.letters(), both.after.letters()
    yield f"  {'grade':10}{'before':>8}{'after':>8}"
    for letter in LETTERS_AND_NONE:
        if one[letter] or other[letter]:
            yield f"  {letter:10}{one[letter]:>8}{other[letter]:>8}"
    changed = sum(times for (before, after), times in both.moved.items() if before != after)
    yield f"  {changed:,} callers have another grade"


def _reach(both: Comparison) -> Iterator[str]:
    for before, after in zip(both.before.coverage, both.after.coverage, strict=True):
        yield f"  {after.kind}: {before.reached} of {before.of} reached, now {after.reached} of {after.of}"
    lengths = [found.talk_ms / max(found.answered, 1) / 1000 for found in (both.before, both.after)]
    yield f"  a call takes {lengths[0]:.0f} s, now {lengths[1]:.0f} s"
    was = {(each.kind, each.stage): each.calls for each in both.before.dead_ends}
    for each in both.after.dead_ends:
        before_ = was.get((each.kind, each.stage), 0)
        yield f"  stage {each.stage}: {DEAD_ENDS[each.kind]} ({before_} calls, now {each.calls})"


def _calls(found: Recorded | None) -> Iterator[str]:
    if found is None:
        return
    yield f"recorded calls: {found.calls:,}, of which {found.same:,} go the same way and {found.parted:,} part"
    if found.foreign or found.unfit:
        yield f"  left out: {found.foreign} of another version than the old one, {found.unfit} with other variables"
    for (before, after), times in sorted(found.moves.items()):
        if before != after:
            yield f"  {times} calls that go the same way: {before} → {after}"
    for each in found.crossroads():
        yield f"  stage {each.stage or '(start)'}, {each.calls} calls part ({', '.join(each.examples)})"
        yield f"    - {_short(each.before)}"
        yield f"    + {_short(each.after)}"
    yield ""


def _short(text: str) -> str:
    """Enough to know it by."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
