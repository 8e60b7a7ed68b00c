"""How far long work is, on a terminal where somebody watches; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")


def watched(items: Iterable[Item], what: str, *, printing: bool = True) -> Iterator[Item]:
    """The items, counted as they go by. How many there will be nobody knows, since sources are read as they come. When
    something is printed of each, and on the terminal, that shows how far it is.
    """
    if not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield from items
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn())
    # What is printed belongs where standard output goes, which rich would send to its console.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None)
        for item in items:
            yield item
            bar.advance(task)
