from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.grading.satisfy import ALWAYS, NEVER, All, Among, Any, Formula, Values, core, deny, narrow, solve

FULL = {"a": 0b11, "b": 0b111, "c": 0b11}

formulas: st.SearchStrategy[Formula] = st.recursive(
    st.sampled_from(sorted(FULL)).flatmap(lambda name: st.builds(Among, st.just(name), st.integers(0, FULL[name]))),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple).flatmap(lambda parts: st.sampled_from([All(parts), Any(parts)]))
    ),
    max_leaves=8,
)


def worlds() -> Iterator[Values]:
    """Every choice of one value for each variable."""
    bits = [[1 << place for place in range(mask.bit_length())] for mask in FULL.values()]
    for chosen in product(*bits):
        yield dict(zip(FULL, chosen, strict=True))


def holds(formula: Formula, world: Values) -> bool:
    match formula:
        case Among(variable, mask):
            return bool(world[variable] & mask)
        case All(parts):
            return all(holds(part, world) for part in parts)
        case Any(parts):
            return any(holds(part, world) for part in parts)


def agree(together: list[Formula]) -> bool:
    return any(all(holds(formula, world) for formula in together) for world in worlds())


@given(st.lists(formulas, max_size=5))
def test_an_answer_is_found_exactly_where_there_is_one(together: list[Formula]) -> None:
    found = solve(together, FULL)
    assert (found is not None) == agree(together)
    for world in worlds():
        if found and all(world[name] & mask for name, mask in found.items()):
            assert all(holds(formula, world) for formula in together), "every choice among the values left is an answer"


@given(formulas)
def test_what_is_denied_holds_where_the_formula_does_not(formula: Formula) -> None:
    for world in worlds():
        assert holds(deny(formula, FULL), world) is not holds(formula, world)


@given(st.lists(formulas, max_size=5))
def test_narrowing_loses_no_answer(together: list[Formula]) -> None:
    values = dict(FULL)
    rest = narrow(together, values)
    for world in worlds():
        if all(holds(formula, world) for formula in together):
            assert rest is not None
            assert all(holds(formula, world) for formula in rest)
            assert all(world[name] & mask for name, mask in values.items())


@given(st.lists(formulas, max_size=5), st.lists(formulas, max_size=2))
def test_a_core_contradicts_and_no_part_of_it_can_be_spared(candidates: list[Formula], others: list[Formula]) -> None:
    if agree([*candidates, *others]):
        return
    places = core(candidates, others, FULL)
    chosen = [candidates[place] for place in places]
    assert not agree([*chosen, *others])
    for spared in range(len(chosen)):
        assert agree([*chosen[:spared], *chosen[spared + 1 :], *others])


def test_nothing_at_all_is_fulfilled_and_an_empty_choice_never_is() -> None:
    assert solve([], FULL) == FULL
    assert solve([ALWAYS], FULL) == FULL
    assert solve([NEVER], FULL) is None


def test_of_equal_reasons_the_first_is_told() -> None:
    assert core([Among("a", 1), Among("a", 1)], [Among("a", 2)], FULL) == [0]
