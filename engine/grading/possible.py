"""What can be true of a call at all, as formulas for `engine.grading.satisfy`.

Every fact becomes a variable with few values: a word has its own, a set a yes or no for each member, and a number
the stretches between the bounds that somebody compares it with, since within a stretch no condition tells two numbers
apart. `impossible` lists what no call can bring together (nobody has answered, yet somebody spoke); it is written in
the language of conditions, so that it can be tried on real calls.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.grading.condition import AnyOf, Condition, Has, Includes, Is, Not, Test, Within
from engine.grading.facts import FACTS, ROLES, Facts
from engine.grading.outcome import announced
from engine.grading.said import CHATTER, COUNTS, FLAGS
from engine.grading.satisfy import All, Among, Any, Formula, Values, deny

NOTHING = Facts()
NULLABLE = frozenset({"sip", "q850", "played_seconds"})
"""Numbers that may be unknown, which no bound holds for."""
ELSE = "(another)"
"""Stands for every text that no condition names."""
SCORE = "score"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The variables that conditions speak of, and what they mean."""

    cuts: dict[str, tuple[int, ...]]
    """Number → the values at which a new stretch begins; the first stretch ends before the first of them."""
    words: dict[str, tuple[str, ...]]
    """Word or text → its values."""
    full: Values
    """Variable → the mask of all its values. A member of a set is the variable `fact:member`."""

    def within(self, fact: str, low: int | None, high: int | None) -> Among:
        cuts = self.cuts[fact]
        first = 0 if low is None else bisect_right(cuts, low)
        last = len(cuts) if high is None else bisect_right(cuts, high)
        return Among(fact, (1 << (last + 1)) - (1 << first))

    def formula(self, condition: Condition) -> Formula:
        return All(tuple(self._of(test) for test in condition.tests))

    def _of(self, test: Test) -> Formula:
        match test:
            case Not(inner):
                return deny(self._of(inner), self.full)
            case AnyOf(conditions):
                return Any(tuple(self.formula(each) for each in conditions))
            case Within(fact, _, low, high):
                return self.within(fact, low, high)
            case Is(fact, _, values):
                return self._one_of(fact, values)
            case Includes(fact, _, values, every):
                members = tuple(Among(f"{fact}:{value}", 2) for value in values)
                return All(members) if every else Any(members)
            case Has(fact, _, wanted):
                present = Among(fact, 2) if FACTS[fact].kind == "flag" else self._some(fact)
                return present if wanted else deny(present, self.full)

    def _one_of(self, fact: str, values: Iterable[str]) -> Among:
        return Among(fact, sum(1 << self.words[fact].index(value) for value in set(values)))

    def _some(self, fact: str) -> Among:
        return self._one_of(fact, [value for value in self.words[fact] if value])

    def told(self, values: Values) -> str:
        """A call with these values, as far as it differs from one in which nothing has happened."""
        return ", ".join(shown for variable, mask in values.items() if (shown := self._shown(variable, mask)))

    def _shown(self, variable: str, mask: int) -> str:
        place = (mask & -mask).bit_length() - 1
        if variable in self.words:
            word = self.words[variable][place]
            return f"{variable} {word}" if word != getattr(NOTHING, _field(variable)) else ""
        if not place or place > len(self.cuts.get(variable, (1,))):
            return ""
        return _spoken(variable, self.cuts[variable][place - 1]) if variable in self.cuts else variable


def vocabulary(conditions: Iterable[Condition], scores: Iterable[int] = ()) -> Vocabulary:
    """What these conditions speak of, and every fact that the impossible speaks of; `scores` are bounds of points."""
    cuts: dict[str, set[int]] = {name: {1} for name, about in FACTS.items() if about.kind in ("number", "duration")}
    words = {name: _values(name) for name, about in FACTS.items() if about.kind in ("word", "text")}
    members: set[str] = set()
    for test in (test for condition in conditions for test in condition.plain()):
        match test:
            case Within(fact, _, low, high):
                cuts[fact] |= {edge for edge in (low, None if high is None else high + 1) if edge}
            case Is(fact, _, values):
                words[fact] |= dict.fromkeys(map(str, values))
            case Includes(fact, _, values):
                members.update(f"{fact}:{value}" for value in values)
            case Has():
                pass
    _share(cuts)
    cuts[SCORE] = set(scores)
    full = {name: (1 << (len(each) + 1 + (name in NULLABLE))) - 1 for name, each in cuts.items()}
    full |= {name: (1 << len(values)) - 1 for name, values in words.items()}
    full |= dict.fromkeys([name for name, about in FACTS.items() if about.kind == "flag"], 3)
    full |= dict.fromkeys(sorted(members), 3)
    sorted_cuts = {name: tuple(sorted(each)) for name, each in cuts.items()}
    return Vocabulary(sorted_cuts, {name: tuple(values) for name, values in words.items()}, full)


def _values(fact: str) -> dict[str, None]:
    """The values that a word or text may have, in order; a text may also be any that nobody names."""
    values = dict.fromkeys([str(getattr(NOTHING, _field(fact))), *FACTS[fact].values])
    return values | {ELSE: None} if FACTS[fact].kind == "text" else values


def _share(cuts: dict[str, set[int]]) -> None:
    """Numbers of which one bounds the other need the same stretches."""
    shared = set().union(*(cuts[name] for name in _PER_TURN), cuts["turns"])
    cuts |= {name: set(shared) for name in (*_PER_TURN, "turns")}


def _field(fact: str) -> str:
    return FACTS[fact].field or fact


def _spoken(fact: str, value: int) -> str:
    return f"{fact} {value / 1000:g}" if fact in FACTS and FACTS[fact].kind == "duration" else f"{fact} {value}"


# --- what no call brings together ------------------------------------------------------------------------------------

_PER_TURN = ("refusals", "tail_refusals", "affirmations", "negations", "hesitations")
"""Counted at most once for an utterance."""
_SPOKEN_FLAGS = tuple(flag for flag in FLAGS.values() if flag != "do_not_call")
"""Set by nothing but words; a script can take a number off the list by itself."""


def number(fact: str, low: int | None = None, high: int | None = None) -> Within:
    return Within(fact, _field(fact), low, high)


def word(fact: str, *values: str) -> Is:
    return Is(fact, _field(fact), values)


def flag(fact: str, wanted: bool = True) -> Has:
    return Has(fact, _field(fact), wanted)


def member(fact: str, value: str) -> Includes:
    return Includes(fact, _field(fact), (value,))


def impossible(known: Vocabulary) -> Iterator[Condition]:
    """What holds for no call, whatever its script; each a condition over the facts that `known` speaks of."""
    yield from (Condition(pair) for pair in _of_the_line())
    yield from (Condition(pair) for pair in _of_speech(known))
    yield from (Condition(pair) for pair in _of_intents(known))


def _of_the_line() -> Iterator[tuple[Test, Test]]:
    nobody, human, machine = (word("answered_by", who) for who in ("none", "human", "machine"))
    for counted in ("talk_seconds", "turns", "bot_turns", "recoveries", "no_match", "played_seconds"):
        yield nobody, number(counted, 1)
    for empty, fact in (("", "end"), ("", "ended_in_role"), ("", "ended_in_stage"), ("", "callback_at")):
        yield nobody, Not(word(fact, empty))
    for fact in ("invitation", "sms", "wechat", "transfer", "hold"):
        yield nobody, Not(word(fact, "none"))
    with_human = word("disposition", "completed", "silent")
    yield human, Not(with_human)
    yield with_human, Not(human)
    yield machine, flag("spoke")
    yield machine, word("disposition", *(each for each in FACTS["disposition"].values if not announced(each)))
    yield word("disposition", "silent"), number("turns", 1)
    yield flag("ended_in_opening"), Not(word("end", "caller"))
    yield flag("ended_in_opening"), Not(word("ended_in_role", "", "greeting", "opening"))
    yield word("end", "transfer"), Not(word("transfer", "ok"))
    yield word("transfer", "ok"), Not(word("invitation", "success"))
    yield word("transfer", "ok"), word("end", "")


def _of_speech(known: Vocabulary) -> Iterator[tuple[Test, Test]]:
    """Nothing is said without a turn, and nothing that counts without more than a greeting."""
    silent, no_turn = flag("spoke", False), number("turns", high=0)
    for fact in ("interest_questions", *_PER_TURN):
        yield silent, number(fact, 1)
    for fact in _SPOKEN_FLAGS:
        yield silent, flag(fact)
    yield word("disposition", "silent"), flag("spoke")
    yield word("answered_by", "none"), flag("spoke")
    yield flag("ended_in_opening"), flag("spoke")
    yield no_turn, number("interest_questions", 1)
    for fact in _PER_TURN:
        upper = "refusals" if fact == "tail_refusals" else "turns"
        for cut in known.cuts[fact]:
            yield number(fact, cut), number(upper, high=cut - 1)


def _of_intents(known: Vocabulary) -> Iterator[tuple[Test, Test]]:
    """Counts and flags are made by intents; a stage in which a call ended was visited."""
    counted = {intent: number(fact, 1) for intent, fact in COUNTS.items()}
    flagged = {intent: flag(fact) for intent, fact in FLAGS.items()}
    for variable in known.full:
        fact, _, name = variable.partition(":")
        here = member(fact, name) if name else None
        if fact in ("heard", "asked") and here:
            yield number("turns", high=0), here
            if name not in CHATTER:
                yield flag("spoke", False), here
        if fact == "heard" and here and (made := counted.get(name) or flagged.get(name)):
            yield here, Not(made)
            if name != "do_not_call":
                yield made, Not(here)
        if fact == "asked" and here:
            yield here, number("interest_questions", high=0)
            if f"heard:{name}" in known.full:
                yield here, Not(member("heard", name))
        if fact in ("visited", "reached", "filled") and here:
            yield word("answered_by", "none"), here
        if fact == "reached" and here and name in ROLES:
            yield word("ended_in_role", name), Not(here)
        if fact == "visited" and here and name in known.words["ended_in_stage"]:
            yield word("ended_in_stage", name), Not(here)
