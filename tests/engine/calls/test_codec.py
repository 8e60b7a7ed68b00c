from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Literal

import pytest

from engine.calls.codec import Codec, MisfitError, on_one_line


@dataclass(frozen=True, slots=True)
class Wheel:
    inches: int
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Car:
    name: str
    colour: Literal["red", "blue"] = "red"
    weight: float = 1.0
    towed: bool = False
    owner: str | None = None
    seats: int | None = None
    wheels: tuple[Wheel, ...] = ()
    place: tuple[int, int] = (0, 0)
    papers: Mapping[str, str] = field(default_factory=dict)


CODEC = Codec(plain={Wheel: frozenset({"maker"})})


def to(thing: object) -> dict[str, object]:
    return CODEC.form(type(thing)).pack(thing, str.upper)


def test_fields_that_have_their_default_are_left_out() -> None:
    assert to(Wheel(15)) == {"inches": 15}
    assert to(Wheel(15, "")) == {"inches": 15}


def test_text_is_cleaned_everywhere_but_where_it_is_plain() -> None:
    car = Car("rex", owner="ann", wheels=(Wheel(15, "acme"),), papers={"tax": "paid"})
    assert to(car) == {
        "name": "REX",
        "owner": "ANN",
        "wheels": [{"inches": 15, "maker": "acme"}],
        "papers": {"tax": "PAID"},
    }


def test_reading_gives_the_same_thing_back() -> None:
    car = Car("REX", "blue", 1.5, True, "ANN", 4, (Wheel(15), Wheel(16, "acme")), (3, 4), {"tax": "PAID"})
    assert CODEC.form(Car).unpack(json.loads(json.dumps(to(car)))) == car


def test_reading_passes_over_what_a_newer_program_has_added() -> None:
    assert CODEC.form(Wheel).unpack({"inches": 15, "spokes": {"many": True}}) == Wheel(15)


def test_reading_passes_over_what_tells_the_class() -> None:
    form = Codec(plain={}, tag="type").form(Wheel)
    assert form.unpack({"type": "wheel", "inches": 15}) == Wheel(15)
    with pytest.raises(MisfitError, match="inches is missing"):
        form.unpack({"type": "wheel", "maker": "acme"})
    with pytest.raises(MisfitError, match="inches is missing"):
        form.unpack({"type": "wheel", "maker": "acme", "spokes": 36})


@dataclass(frozen=True)  # no slots
class Lamp(Wheel):
    type: str = ""
    lit: tuple[int, ...] = ()


def test_what_was_read_is_no_other_than_what_was_made() -> None:
    read = Codec(plain={}, tag="type").form(Lamp).unpack({"type": "high", "inches": 3, "lit": [1, 2]})
    made = Lamp(3, "", "high", (1, 2))
    assert (type(read), read, repr(read), hash(read)) == (Lamp, made, repr(made), hash(made))
    assert replace(read, lit=()) == Lamp(3, "", "high")
    with pytest.raises(FrozenInstanceError):
        read.inches = 4
    with pytest.raises(FrozenInstanceError):
        del CODEC.form(Wheel).unpack({"inches": 15}).maker


def test_reading_takes_a_whole_number_for_a_fraction() -> None:
    assert repr(CODEC.form(Car).unpack({"name": "rex", "weight": 2}).weight) == "2.0"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "must be an object, not a list"),
        ({}, "name is missing"),
        ({"name": 3}, "name must be text, not a number"),
        ({"name": None}, "name must be text, not null"),
        ({"name": "rex", "colour": "green"}, "colour must be one of red, blue"),
        ({"name": "rex", "weight": "heavy"}, "weight must be a number, not text"),
        ({"name": "rex", "weight": True}, "weight must be a number, not true or false"),
        ({"name": "rex", "seats": 4.5}, "seats must be a whole number, not a number"),
        ({"name": "rex", "seats": True}, "seats must be a whole number, not true or false"),
        ({"name": "rex", "towed": 1}, "towed must be true or false, not a number"),
        ({"name": "rex", "wheels": {}}, "wheels must be a list, not an object"),
        ({"name": "rex", "wheels": [{"inches": 15}, {}]}, "wheels.1.inches is missing"),
        ({"name": "rex", "place": [1, 2, 3]}, "place must have 2 items, not 3"),
        ({"name": "rex", "place": [1, "2"]}, "place.1 must be a whole number, not text"),
        ({"name": "rex", "papers": {"tax": []}}, "papers.tax must be text, not a list"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(value: object, problem: str) -> None:
    with pytest.raises(MisfitError) as caught:
        CODEC.form(Car).unpack(value)
    assert str(caught.value) == problem


def test_json_is_one_line_to_every_reader() -> None:
    said = {"text": "可以\u2028多少钱\u2029一\x85二\n"}
    line = on_one_line(json.dumps(said, ensure_ascii=False))
    assert line == '{"text": "可以\\u2028多少钱\\u2029一\\u0085二\\n"}'
    assert line.splitlines() == [line]
    assert json.loads(line) == said
