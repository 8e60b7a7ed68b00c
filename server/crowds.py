"""`huashu simulate --personas`: a crowd of simulated callers on a script, and what that shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.content.shape import suggest
from engine.content.source import Problem
from engine.dialogue.step import LeadError
from engine.language.script import Script
from engine.personas.behaviour import unknown_acts
from engine.personas.crowd import crowd
from engine.personas.findings import Tally
from engine.personas.live import Made, Spoken
from engine.personas.load_personas import table_from
from engine.personas.persona import Table
from engine.personas.words import Vocabulary
from engine.trial.compare import NO_GRADE
from engine.understanding.grammar import GROUPS
from server.calls import write_log
from server.content import shipped_intents
from server.findings import findings_json, in_words
from server.logs import CALLERS
from server.output import OK, PROBLEMS, USAGE, error, line, usable_content, usable_script, write_page
from server.refusal import refusal

if TYPE_CHECKING:
    from server.reports.words import Lang

FOLDER = "scripts/personas"
STANDARD, SEED = "standard", 1


@dataclass(frozen=True)
class Wish:
    """What crowd is asked for."""

    many: int
    seed: int | None = None
    table: str | None = None
    only: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def simulate_crowd(
    path: Path,
    calls: Path | None,
    *,
    as_json: bool = False,
    logs: Path | None = None,
    report: Path | None = None,
    lang: Lang = "zh",
    **wished: Any,
) -> int:
    if calls is not None:
        error(f"{calls}: calls are either written or made by --personas, not both")
        return USAGE
    wish = Wish(**wished)
    seed = SEED if wish.seed is None else wish.seed
    script = usable_script(path)
    if script is None:
        return PROBLEMS
    table = table_for(wish, script)
    if table is None:
        return USAGE
    tally = Tally(script)
    try:
        made_up = crowd(script, table, wish.many, seed, wish.variables)
        for made in _kept(watched(made_up, wish.many), logs):
            tally.take(made)
    except LeadError as problem:
        error(f"{path}: {problem}")
        return USAGE
    except OSError as problem:
        error(f"cannot write into '{logs}': {refusal(problem)}")
        return PROBLEMS
    found = tally.found()
    if report:
        from server.reports.crowd import crowd_page  # noqa: PLC0415  the charts are a second of start-up

        if not write_page(crowd_page(script, table, seed, found, lang), report):
            return PROBLEMS
    if as_json:
        line({"table": table.name, "seed": seed, **findings_json(script, found)})
    else:
        click.echo(f"{script.name}: {found.calls:,} simulated callers (table {table.name}, seed {seed})")
        click.echo("\n".join(in_words(found)))
    return OK


# --- who calls -------------------------------------------------------------------------------------------------------


def find_table(name: str) -> Table | None:
    """The table in a file, or of this name among those that are here; what is wrong with it is told."""
    return usable_content("table of personas", name, FOLDER, table_from)


def table_for(wish: Wish, script: Script) -> Table | None:
    """The table that is wished for, narrowed to the personas that are, when it fits the script."""
    table = find_table(wish.table or STANDARD)
    if table is None:
        return None
    for name in wish.only:
        if name not in table.personas:
            error(f"no persona '{name}' ({suggest(name, table.personas) or 'there are: ' + ', '.join(table.personas)})")
            return None
    if wish.only:
        chosen = {name: table.personas[name] for name in wish.only}
        alone = {name: replace(each, share=each.share or 1) for name, each in chosen.items()}
        table = replace(table, personas=alone)
    return None if _has_strange_acts(table, script) else table


def _has_strange_acts(table: Table, script: Script) -> bool:
    """Does an act mean nothing, to this script and to the shipped grammars? Then the first is told."""
    words = Vocabulary(script, table)
    unknown = [
        (persona, part)
        for persona, act in unknown_acts(dict(table.personas), words)
        for part in act.split("+")
        if not words.knows(part)
    ]
    shipped = shipped_intents() if unknown else frozenset[str]()
    for persona, part in unknown:
        if part not in shipped.union(GROUPS):
            own = {intent.id for grammar in script.grammars for intent in grammar.intents}
            problem = Problem(persona.mark, f"'{part}' is no intent of the script", suggest(part, shipped | own))
            click.echo(problem, err=True)
            return True
    return False


# --- what is kept ----------------------------------------------------------------------------------------------------


def _kept(calls: Iterable[Made], folder: Path | None) -> Iterator[Made]:
    """The calls; each log is written as it comes, and what each caller meant beside them."""
    if folder is None:
        yield from calls
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CALLERS).open("w", encoding="utf-8") as notes:
        for made in calls:
            write_log(folder, made.played)
            notes.write(json.dumps(caller_json(made), ensure_ascii=False) + "\n")
            yield made


def caller_json(made: Made) -> dict[str, object]:
    """Who called, and what he meant by his words: what no log can know."""
    return {
        "call_id": made.call.call_id,
        "persona": made.persona,
        "grade": made.played.grade.letter or NO_GRADE,
        "rule": made.played.grade.rule,
        "said": [_said_json(each) for each in made.spoken],
    }


def _said_json(spoken: Spoken) -> dict[str, object]:
    return {
        "seq": spoken.seq,
        "stage": spoken.stage,
        "meant": list(spoken.meant),
        "said": spoken.said,
        "heard": list(spoken.heard.finals),
        "changes": list(spoken.heard.changes),
        "flipped": spoken.heard.flipped,
        "understood": None if spoken.understood is None else sorted(spoken.understood),
    }


def watched(calls: Iterable[Made], total: int) -> Iterator[Made]:
    """Tell a terminal how far it is."""
    if not sys.stderr.isatty():
        yield from calls
        return
    with click.progressbar(calls, length=total, label="calls", file=sys.stderr) as bar:
        yield from bar
