"""huashu's dialogue engine: a call is a list of events, and one pure function says what to do next.

Six concepts, no seventh. An *event* is a fact from outside (`Heard`, `HungUp`). An *action* is an order to the
outside (`Play`, `HangUp`) or a note on why. *State* is all that the past means for the future. A *script* is the
checked content: stages, rules, grammars, grades. *Step* folds one event into the state: `step(script, state, event)
-> (state, actions)`. The *log* keeps events and actions together, a line each, and replay is the same fold again.

Nothing in here opens a file, reads a clock, draws a random number or waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.version import COMPILED, VERSION

if TYPE_CHECKING:
    from engine.public import *  # noqa: F403

__all__ = ["COMPILED", "VERSION"]


def __getattr__(name: str) -> Any:
    """The public names, gathered on first use: a command that checks a file need not load the dialogue."""
    import engine.public as public  # noqa: PLC0415, PLR0402  `from engine import` would ask this very function

    if name in public.__all__:
        return getattr(public, name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
