from __future__ import annotations

from collections import Counter

from engine.personas.chance import Chance


def numbers(chance: Chance, many: int = 5) -> list[float]:
    return [chance.number() for _ in range(many)]


def test_the_same_key_gives_the_same_numbers_on_every_machine() -> None:
    assert numbers(Chance(7, "turn")) == numbers(Chance(7, "turn"))
    assert numbers(Chance(7)) != numbers(Chance(8))
    assert [Chance(7).between(0, 999_999), Chance("a").between(0, 999_999)] == [346924, 487513]


def test_a_fork_does_not_depend_on_what_was_drawn_before() -> None:
    fresh, used = Chance(7), Chance(7)
    numbers(used, 100)
    assert numbers(fresh.fork("say")) == numbers(used.fork("say"))
    assert numbers(fresh.fork("say")) != numbers(fresh.fork("act"))


def test_numbers_are_even() -> None:
    found = Counter(int(number * 10) for number in numbers(Chance("even"), 20_000))
    assert all(1800 < times < 2200 for times in found.values())
    assert len(found) == 10


def test_percent() -> None:
    chance = Chance("percent")
    assert 250 < sum(chance.happens(3) for _ in range(10_000)) < 350
    assert not any(chance.happens(0) for _ in range(1000))
    assert all(chance.happens(100) for _ in range(1000))


def test_between_includes_both_ends() -> None:
    chance = Chance("dice")
    assert {chance.between(1, 6) for _ in range(500)} == {1, 2, 3, 4, 5, 6}
    assert chance.between(4, 4) == 4


def test_weights() -> None:
    chance = Chance("weights")
    found = Counter(chance.weighted({"a": 3, "b": 0, "c": 1}) for _ in range(4000))
    assert 2850 < found["a"] < 3150
    assert found["a"] + found["c"] == 4000


def test_waiting_takes_as_long_as_it_takes_on_average() -> None:
    chance = Chance("wait")
    waits = [chance.wait(1000) for _ in range(20_000)]
    assert 970 < sum(waits) / len(waits) < 1030


def test_shuffling_loses_nothing() -> None:
    mixed = Chance("mix").shuffled(range(50))
    assert sorted(mixed) == list(range(50))
    assert mixed != list(range(50))
