"""`huashu test --mutate`: which small changes to a script do its tests not notice?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from engine.language.script import Script
from engine.trial.conversation import Suite, Tested
from engine.trial.mutate import Trial, mutants, sample, trials
from server.output import line


def tell_mutants(suites: Iterable[Suite], most: int, *, as_json: bool) -> None:
    """Print the mutants of each script that survive all its tests, and the score. Tests that fail are left out: they
    prove nothing.
    """
    by_script: dict[str, tuple[Script, list[Tested]]] = {}
    for suite in suites:
        if suite.script:
            kept = by_script.setdefault(suite.script.sha256, (suite.script, []))[1]
            kept += [tested for tested in suite.tested if not tested.failures]
    for script, tested in by_script.values():
        every = mutants(script)
        chosen = sample(every, most)
        killed = 0
        for trial in _watched(trials(chosen, tested), len(chosen)):
            killed += bool(trial.killed_by)
            if not trial.killed_by:
                _tell(trial, as_json=as_json)
        if as_json:
            line({"script": script.name, "killed": killed, "mutants": len(chosen), "of": len(every)})
        else:
            some = "" if len(chosen) == len(every) else f" (of {len(every)}, see --most)"
            click.echo(f"{script.name}: {killed} of {len(chosen)} mutants killed{some}")


def _tell(trial: Trial, *, as_json: bool) -> None:
    mutant = trial.mutant
    if as_json:
        line({"survived": mutant.change, "at": str(mutant.mark), "tests": trial.tried})
        return
    why = f"none of the {trial.tried} tests that come here notices" if trial.tried else "no test comes here"
    click.echo(f"{mutant.mark}: survived: {mutant.change} ({why})")


def _watched(found: Iterable[Trial], total: int) -> Iterator[Trial]:
    """Tell a terminal how far it is; the line is wiped before anything else is printed."""
    shown = sys.stderr.isatty()
    for number, trial in enumerate(found, 1):
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
        yield trial
        if shown and number < total:
            click.echo(f"{number} of {total} mutants", nl=False, err=True)
