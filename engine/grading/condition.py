"""Conditions on facts: one small closed language for a script's `if:` and a scheme's `when:`.

    invitation: success                 a word, or a list of which one is enough
    interest_questions: {at_least: 2}   a number; bare, it must be equal
    talk_seconds: {more_than: 45s}      a time; at_most and less_than bound it from above
    heard: [ask_price, ask_trial]       a set that has any of these; {all: [...]} for all of them
    busy: yes                           yes or no; of a text, whether there is one
    not: {...}                          none of these lines holds
    any: [{...}, {...}]                 at least one of these conditions holds

All lines of a condition must hold. There are no expressions: whatever can be asked stands in the table `FACTS`, so a
slip of the pen is found when the file is read, and a condition that fails can say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from engine.content.shape import (
    Defs,
    Duration,
    Either,
    Field,
    Fields,
    Flag,
    Lazy,
    ListOf,
    OneOf,
    OneOrMany,
    Record,
    Shape,
    Text,
    Whole,
    Words,
)
from engine.content.source import Mark, Node, Problem
from engine.grading.facts import FACTS, ROLES, About, Facts

# --- tests ---------------------------------------------------------------------------------------------------------
#
# Each test says whether it `holds`, what it finds (`tell`: refusals is 2), what it misses (`miss`: refusals 2 > 1) and
# on what it rests when it holds (`grounds`).

Ground = tuple[str, tuple[str, ...]]
"""A fact that speaks for a condition; of a set, the members that do."""


@dataclass(frozen=True, slots=True)
class Within:
    """A number or duration (in ms) between two bounds, both included; None is no bound."""

    fact: str
    field: str
    low: int | None = None
    high: int | None = None

    def holds(self, facts: Facts) -> bool:
        value: int | None = getattr(facts, self.field)
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def tell(self, facts: Facts) -> str:
        return f"{self.fact} is {self._shown(getattr(facts, self.field))}"

    def miss(self, facts: Facts) -> str:
        value: int | None = getattr(facts, self.field)
        if value is None:
            return self.tell(facts)
        if self.low is not None and value < self.low:
            return f"{self.fact} {self._shown(value)} < {self._shown(self.low)}"
        return f"{self.fact} {self._shown(value)} > {self._shown(self.high)}"

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        return ((self.fact, ()),) if getattr(facts, self.field) else ()

    def _shown(self, value: int | None) -> str:
        if value is None:
            return "unknown"
        return f"{value / 1000:g}" if FACTS[self.fact].kind == "duration" else str(value)


@dataclass(frozen=True, slots=True)
class Is:
    """A word or text that is one of these."""

    fact: str
    field: str
    values: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        return getattr(facts, self.field) in self.values

    def tell(self, facts: Facts) -> str:
        return f"{self.fact} is {getattr(facts, self.field) or 'open'}"

    def miss(self, facts: Facts) -> str:
        return f"{self.tell(facts)}, not {' or '.join(self.values)}"

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        return ((self.fact, ()),) if getattr(facts, self.field) not in ("", "none") else ()


@dataclass(frozen=True, slots=True)
class Has:
    """A flag that is set, or a text that is there; or the contrary."""

    fact: str
    field: str
    wanted: bool

    def holds(self, facts: Facts) -> bool:
        return bool(getattr(facts, self.field)) is self.wanted

    def tell(self, facts: Facts) -> str:
        value = getattr(facts, self.field)
        if isinstance(value, bool):
            return f"{self.fact} is {'yes' if value else 'no'}"
        return f"{self.fact} is {value or 'open'}"

    def miss(self, facts: Facts) -> str:
        return self.tell(facts)

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        return ((self.fact, ()),) if getattr(facts, self.field) else ()


@dataclass(frozen=True, slots=True)
class Includes:
    """A set with any, or with every, of these."""

    fact: str
    field: str
    values: tuple[str, ...]
    every: bool = False

    def holds(self, facts: Facts) -> bool:
        having: tuple[str, ...] = getattr(facts, self.field)
        for value in self.values:
            if (value in having) is not self.every:
                return not self.every
        return self.every

    def tell(self, facts: Facts) -> str:
        return f"{self.fact} has {' and '.join(value for value in self.values if value in getattr(facts, self.field))}"

    def miss(self, facts: Facts) -> str:
        lacking = [value for value in self.values if value not in getattr(facts, self.field)]
        return f"{self.fact} lacks {(' and ' if self.every else ' or ').join(lacking)}"

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        having: tuple[str, ...] = getattr(facts, self.field)
        there = tuple([str(value) for value in self.values if value in having])
        return ((self.fact, there),) if there else ()


@dataclass(frozen=True, slots=True)
class Not:
    test: Test

    def holds(self, facts: Facts) -> bool:
        return not self.test.holds(facts)

    def tell(self, facts: Facts) -> str:
        return self.test.miss(facts)

    def miss(self, facts: Facts) -> str:
        return self.test.tell(facts)

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:  # noqa: ARG002  # what is not there proves nothing
        return ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these conditions."""

    conditions: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        for condition in self.conditions:  # noqa: SIM110  a generator takes longer than most conditions
            if condition.holds(facts):
                return True
        return False

    def tell(self, facts: Facts) -> str:
        return next((condition.tell(facts) for condition in self.conditions if condition.holds(facts)), "")

    def miss(self, facts: Facts) -> str:
        return " / ".join(" and ".join(condition.misses(facts)) for condition in self.conditions)

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        return tuple([one for each in self.conditions if each.holds(facts) for one in each.grounds(facts)])


Plain = Within | Is | Has | Includes
Test = Plain | Not | AnyOf


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests that must all hold; without any it always does."""

    tests: tuple[Test, ...] = ()

    def holds(self, facts: Facts) -> bool:
        for test in self.tests:  # noqa: SIM110  as above
            if not test.holds(facts):
                return False
        return True

    def short(self, facts: Facts) -> int:
        """How many tests fail."""
        failing = 0
        for test in self.tests:
            failing += not test.holds(facts)
        return failing

    def misses(self, facts: Facts) -> tuple[str, ...]:
        """What is wanting, one text for each test that fails, such as `interest_questions 1 < 2`."""
        return tuple([test.miss(facts) for test in self.tests if not test.holds(facts)])

    def tell(self, facts: Facts) -> str:
        return " and ".join(test.tell(facts) for test in self.tests)

    def grounds(self, facts: Facts) -> tuple[Ground, ...]:
        """What speaks for it, each once, in the order of the tests; what must not be is no ground."""
        return tuple(dict.fromkeys([ground for test in self.tests for ground in test.grounds(facts)]))

    def plain(self) -> Iterator[Plain]:
        """Every single test in it, at any depth."""
        for test in self.tests:
            inner = test.test if isinstance(test, Not) else test
            if isinstance(inner, AnyOf):
                for condition in inner.conditions:
                    yield from condition.plain()
            else:
                yield from Condition((inner,)).plain() if isinstance(inner, Not) else (inner,)


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound; in a scheme the name of a parameter may stand for it, which `engine.grading.load_scheme` replaces."""

    item: Shape

    @property
    def expects(self) -> str:
        return self.item.expects

    @property
    def several(self) -> str:
        return self.item.several

    def read(self, node: Node, problems: list[Problem], at: Mark) -> object | None:
        return self.item.read(node, problems, at)

    def schema(self, defs: Defs) -> dict[str, object]:
        return {"anyOf": [self.item.schema(defs), {"type": "string", "pattern": r"^[^\d\s.]\S*$"}]}


def _bounded(item: Shape) -> Shape:
    bounds = {
        "at_least": Field(Bound(item), "This or more."),
        "at_most": Field(Bound(item), "This or less."),
        "more_than": Field(Bound(item), "More than this."),
        "less_than": Field(Bound(item), "Less than this."),
    }
    name = "time bounds" if isinstance(item, Duration) else "number bounds"
    return Either(scalar=item, map=Record(name, bounds, "Bounds, any of them together."))


def _members(about: About) -> Shape:
    item: Shape = OneOf(about.values) if about.values else Words()
    name = "all roles" if about.values else "all names"
    every = Record(name, {"all": Field(ListOf(item), "Every one of these.", required=True)})
    return Either(scalar=OneOrMany(item), list=OneOrMany(item), map=every)


NUMBER = _bounded(
    Whole(at_least=0, hint="bounds are written {at_least: 2}, {more_than: 2}, {at_most: 2} or {less_than: 2}")
)
"""A number or its bounds; `bounds_of` takes what is read."""
_DURATION = _bounded(Duration())
_NAMES = _members(About("set", ""))
_ROLE_NAMES = _members(About("set", "", ROLES))


def _shape(about: About) -> Shape:
    match about.kind:
        case "number":
            return NUMBER
        case "duration":
            return _DURATION
        case "flag":
            return Flag()
        case "word":
            return OneOrMany(OneOf(about.values))
        case "text":
            return OneOrMany(Words())
        case "set":
            return _ROLE_NAMES if about.values else _NAMES


CONDITION: Record = Record(
    "condition",
    {name: Field(_shape(about), about.doc) for name, about in FACTS.items()}
    | {
        "not": Field(Lazy(lambda: CONDITION), "None of these lines holds."),
        "any": Field(ListOf(Lazy(lambda: CONDITION)), "At least one of these conditions holds."),
    },
    "What must all hold for the call so far.",
    aliases={
        "questions": "interest_questions", "intents": "heard", "stages": "visited", "stage": "visited",
        "roles": "reached", "slots": "filled", "slot": "filled", "human": "asked_for_human", "dnc": "do_not_call",
        "callback": "callback_at", "seconds": "talk_seconds", "wrong_number": "wrong_person",
    },
)  # fmt: skip
"""How a condition is written; `condition_from` takes what `read` makes of it."""

_ABSENT_OR_PRESENT = {"yes": True, "true": True, "no": False, "false": False}


def condition_from(fields: Fields, problems: list[Problem]) -> Condition:
    """The condition that was read by `CONDITION`; bounds that leave nothing between them are added to the problems."""
    tests: list[Test] = []
    for key, value in fields.items():
        if key == "not":
            tests += [Not(test) for test in condition_from(cast(Fields, value), problems).tests]
        elif key == "any":
            conditions = tuple(condition_from(each, problems) for each in cast("list[Fields]", value))
            tests.append(AnyOf(conditions))
        else:
            tests.append(_test(key, value, problems))
    return Condition(tuple(tests))


def _test(fact: str, value: object, problems: list[Problem]) -> Plain:
    about = FACTS[fact]
    field = about.field or fact
    if about.kind in ("number", "duration"):
        return _within(fact, field, value, problems)
    if isinstance(value, bool):
        return Has(fact, field, value)
    if isinstance(value, Fields):
        return Includes(fact, field, tuple(cast("list[Text]", value.get("all", []))), every=True)
    words = tuple(cast("list[Text]", value))
    if about.kind == "text" and len(words) == 1 and words[0].lower() in _ABSENT_OR_PRESENT:
        return Has(fact, field, _ABSENT_OR_PRESENT[words[0].lower()])
    return Includes(fact, field, words) if about.kind == "set" else Is(fact, field, words)


def _within(fact: str, field: str, value: object, problems: list[Problem]) -> Within:
    return Within(fact, field, *bounds_of(fact, value, problems))


def bounds_of(name: str, value: object, problems: list[Problem]) -> tuple[int | None, int | None]:
    """Both ends, included, of what `NUMBER` reads; bounds that leave nothing are added to the problems."""
    if not isinstance(value, Fields):
        return cast(int, value), cast(int, value)
    given = cast("dict[str, int]", value)
    low = max((given[key] + more for key, more in (("at_least", 0), ("more_than", 1)) if key in given), default=None)
    high = min((given[key] - less for key, less in (("at_most", 0), ("less_than", 1)) if key in given), default=None)
    if low is not None and high is not None and low > high:
        problems.append(Problem(value.mark, f"'{name}' can never be at least {low} and at most {high}"))
    return low, high
