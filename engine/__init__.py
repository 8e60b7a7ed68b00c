"""huashu's dialogue engine: a call is a list of events, and one pure function says what to do next.

Six concepts, no seventh. An *event* is a fact from outside (`Heard`, `HungUp`). An *action* is an order to the
outside (`Play`, `HangUp`) or a note on why. *State* is all that the past means for the future. A *script* is the
checked content: stages, rules, grammars, grades. *Step* folds one event into the state: `step(script, state, event)
-> (state, actions)`. The *log* keeps events and actions together, a line each, and replay is the same fold again.

Nothing in here opens a file, reads a clock, draws a random number or waits.
"""

from engine.version import VERSION

__all__ = ["VERSION"]
