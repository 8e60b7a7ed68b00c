"""Can these statements be true together? A small solver over variables with few values each.

A variable is a name; its possible values are bits of a mask. A formula says which values a variable may have, or joins
such statements by and (`All`) and or (`Any`). What is denied is turned round when it is written (`deny`), so that the
solver needs no `not`. It narrows the values as far as every statement forces it, and only then tries alternatives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_

Values = dict[str, int]
"""Variable → mask of the values that it may still have."""


@dataclass(frozen=True, slots=True)
class Among:
    """The variable has one of the values of the mask."""

    variable: str
    mask: int


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Formula, ...] = ()


Formula = Among | All | Any
ALWAYS = All()
NEVER = Any()


def deny(formula: Formula, full: Mapping[str, int]) -> Formula:
    """The contrary; `full` are all values of each variable."""
    match formula:
        case Among(variable, mask):
            return Among(variable, full[variable] & ~mask)
        case All(parts):
            return Any(tuple(deny(part, full) for part in parts))
        case Any(parts):
            return All(tuple(deny(part, full) for part in parts))


def solve(formulas: Iterable[Formula], full: Mapping[str, int]) -> Values | None:
    """Values under which all formulas hold, or None when there are none."""
    values = dict(full)
    rest = narrow(list(formulas), values)
    return None if rest is None else _search(rest, values)


def narrow(formulas: list[Formula], values: Values) -> list[Formula] | None:
    """Narrow `values` in place by everything that is forced. Returns what remains to be decided, each an `Any`, or
    None when the formulas contradict each other.
    """
    changed = True
    while changed:
        changed = False
        rest: list[Formula] = []
        for formula in formulas:
            match _known(formula, values):
                case All(parts):
                    rest.extend(parts)
                    changed = changed or bool(parts)
                case Among(variable, mask):
                    values[variable] &= mask
                    changed = True
                case Any(()):
                    return None
                case undecided:
                    rest.append(undecided)
        formulas = rest
    return formulas


def _search(formulas: list[Formula], values: Values) -> Values | None:
    if not formulas:
        return values
    choice = min(formulas, key=lambda formula: len(formula.parts) if isinstance(formula, Any) else 0)
    others = [formula for formula in formulas if formula is not choice]
    for part in choice.parts if isinstance(choice, Any) else (choice,):
        tried = dict(values)
        rest = narrow([part, *others], tried)
        found = None if rest is None else _search(rest, tried)
        if found is not None:
            return found
    return None


def _known(formula: Formula, values: Values) -> Formula:
    """The formula without what is settled already: `ALWAYS`, `NEVER`, or what is left of it."""
    if isinstance(formula, Among):
        now = values[formula.variable]
        left = now & formula.mask
        return formula if 0 != left != now else ALWAYS if left else NEVER
    settled, neutral = (NEVER, ALWAYS) if isinstance(formula, All) else (ALWAYS, NEVER)
    parts: list[Formula] = []
    for part in formula.parts:
        known = _known(part, values)
        if known is settled:
            return settled
        if known is not neutral:
            parts.append(known)
    if len(parts) <= 1:
        return parts[0] if parts else neutral
    return (
        formula
        if len(parts) == len(formula.parts) and all(map(is_, parts, formula.parts))
        else type(formula)(tuple(parts))
    )


def core(candidates: Sequence[Formula], others: Iterable[Formula], full: Mapping[str, int]) -> list[int]:
    """Of candidates that cannot all hold together with the others: the places of some that already cannot, and of
    which none could be left out. The first ones are kept where there is a choice.
    """
    kept, fixed = list(range(len(candidates))), list(others)
    for place in reversed(range(len(candidates))):
        fewer = [each for each in kept if each != place]
        if solve([*fixed, *(candidates[each] for each in fewer)], full) is None:
            kept = fewer
    return kept
