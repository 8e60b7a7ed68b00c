"""The state machine behind one pure function: where does this trigger lead from here?

The `transitions` library holds the table, refuses an unknown state when the table is built, and draws it; nothing of
it shows outside. One machine serves every call: `next` sets a private cursor, fires, and reads the cursor back, so a
call costs no memory here. Where an edge leads never changes, so each is fired once and remembered. Guards and effects
stay outside on purpose: in `transitions` a callback given as text may be any dotted name, which is imported and called,
and a call script must never become code.

The cursor is shared. Use one graph from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable

from transitions import Machine, MachineError

Edge = tuple[str, str, str]
"""(state, trigger, next state); the state `*` stands for every state."""


class _Cursor:
    """The model that `transitions` moves."""

    state: str


class Graph:
    """An immutable table of edges.

    Raises ValueError when an edge names a state that does not exist.
    """

    def __init__(self, states: Iterable[str], edges: Iterable[Edge], initial: str) -> None:
        names = list(states)
        known = {*names, "*"}
        table = list(edges)
        for source, trigger, target in table:
            for name in (source, target):
                if name not in known:
                    raise ValueError(f"edge {trigger!r}: no state {name!r}")
        self.initial = initial
        self._cursor = _Cursor()
        # The library puts a method per trigger on its model; a prefix keeps a stage called `state` harmless.
        self._machine = Machine(
            model=self._cursor,
            states=names,
            initial=initial,
            auto_transitions=False,
            transitions=[[f"on {trigger}", source, target] for source, trigger, target in table],
        )
        self._targets: dict[tuple[str, str], str | None] = {}
        self._exits: dict[str, frozenset[str]] = {name: frozenset(self._triggers(name)) for name in names}

    def next(self, state: str, trigger: str) -> str | None:
        """The state that `trigger` leads to from `state`, or None where it leads nowhere."""
        known = self._targets.get((state, trigger))
        if known is None and trigger in self._exits[state]:
            known = self._targets[state, trigger] = self._fired(state, trigger)
        return known

    def _fired(self, state: str, trigger: str) -> str | None:
        self._machine.set_state(state, self._cursor)
        try:
            self._machine.events[f"on {trigger}"].trigger(self._cursor)
        except MachineError:  # pragma: no cover - the line above has excluded it
            return None
        return self._cursor.state

    def exits(self, state: str) -> frozenset[str]:
        """The triggers that lead somewhere from `state`."""
        return self._exits[state]

    def _triggers(self, state: str) -> list[str]:
        return [name.removeprefix("on ") for name in self._machine.get_triggers(state)]
