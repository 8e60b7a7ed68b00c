"""Grade schemes thought through: rules that can never decide, and rules that no call of a script falls under.

Everything is proved, nothing is guessed from the looks of a rule: `engine.grading.possible` turns conditions into
formulas, `engine.grading.satisfy` says whether any call fulfils them. A rule is reported

- when its own conditions exclude each other;
- when the rules above it take every call that it would take, with the rules that do;
- when one alternative of it (of an `any`, or of a list) never decides, and rules of another grade are the reason;
- when it shares a part of a number's range with a rule of another grade, neither range holding the other;
- for a script: when nothing in the script can bring about what it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from engine.content.shape import Text
from engine.content.source import Mark, Problem
from engine.grading.condition import AnyOf, Condition, Has, Includes, Is, Not, Plain, Test, Within
from engine.grading.grade import Band, Points, Rule, Scheme
from engine.grading.possible import SCORE, Vocabulary, impossible, vocabulary
from engine.grading.satisfy import ALWAYS, NEVER, All, Among, Formula, Values, core, deny, narrow, solve
from engine.language.reach import out_of_reach, unknown_names
from engine.language.script import Script


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of every call, and with it the rules of a scheme as formulas."""

    scheme: Scheme
    known: Vocabulary
    given: list[Formula]
    """What holds for every call, as far as it is not settled in `values`."""
    values: Values
    rules: tuple[Formula, ...]

    def answer(self, *formulas: Formula) -> Values | None:
        """A call for which all of these hold; None when there is none."""
        return solve([*self.given, *formulas], self.values)

    def fails(self, *formulas: Formula) -> bool:
        return self.answer(*formulas) is None

    def deny(self, formula: Formula) -> Formula:
        return deny(formula, self.known.full)

    def formula(self, rule: Rule, when: Condition | None = None) -> Formula:
        parts = self.known.formula(rule.when if when is None else when)
        return All((_band(self.known, rule.score), parts)) if rule.score else parts

    def without(self, rule: Formula) -> Question:
        """The same question for calls that this rule does not take."""
        values = dict(self.values)
        rest = narrow([*self.given, self.deny(rule)], values)
        return replace(self, given=[NEVER] if rest is None else rest, values=values)

    def takers(self, formula: Formula, above: int) -> list[Rule]:
        """The rules above this place that together take every such call."""
        denied = [self.deny(rule) for rule in self.rules[:above]]
        return [self.scheme.rules[place] for place in core(denied, [*self.given, formula], self.values)]


def question(scheme: Scheme) -> Question:
    conditions = [*(rule.when for rule in scheme.rules), *(points.when for points in scheme.points)]
    low, high = _score_range(scheme.points)
    ends = [edge for rule in scheme.rules if rule.score for edge in _edges(rule.score)]
    known = vocabulary(conditions, [*ends, *_edges(Band(low, high))])
    values = dict(known.full)
    given = [deny(known.formula(never), known.full) for never in impossible(known)]
    rest = narrow([*given, _band(known, Band(low, high))], values) or []
    made = Question(scheme, known, rest, values, ())
    return replace(made, rules=tuple(made.formula(rule) for rule in scheme.rules))


def _band(known: Vocabulary, band: Band) -> Among:
    return known.within(SCORE, band.low, band.high)


def _edges(band: Band) -> list[int]:
    return [edge for edge in (band.low, None if band.high is None else band.high + 1) if edge is not None]


def _score_range(points: Sequence[Points]) -> Band:
    """The least and the largest sum; None where points are given again and again."""
    ends: list[int | None] = []
    for sign in (-1, 1):
        counting = [each for each in points if each.add * sign > 0]
        ends.append(None if any(each.each for each in counting) else sum(each.add for each in counting))
    return Band(ends[0], ends[1])


# --- a scheme by itself ----------------------------------------------------------------------------------------------


def analyse(scheme: Scheme) -> list[Problem]:
    """What is wrong with a scheme whatever the script: errors for rules that can never hold, warnings for the rest."""
    asked = left = question(scheme)
    found: list[Problem] = []
    for place, (rule, formula) in enumerate(zip(scheme.rules, asked.rules, strict=True)):
        if asked.fails(formula):
            found.append(Problem(rule.mark, f"rule '{rule.id}' can never hold", _contradiction(asked, rule)))
        elif formula == ALWAYS:
            break  # the default; what stands below it is told by whoever reads the file
        elif left.fails(formula):
            hint = _taken(asked.takers(formula, place))
            found.append(Problem(rule.mark, f"rule '{rule.id}' never decides", hint, "warning"))
        else:
            found += _dead_choices(asked, left, place)
        left = left.without(formula)
    return found + list(_overlaps(asked))


def _contradiction(asked: Question, rule: Rule) -> str:
    """The conditions of a rule that exclude each other."""
    parts = {said(test): asked.known.formula(Condition((test,))) for test in rule.when.tests}
    if rule.score:
        parts[f"score {_range(rule.score.low, rule.score.high)}"] = _band(asked.known, rule.score)
    names = list(parts)
    wrong = [names[place] for place in core(list(parts.values()), asked.given, asked.values)]
    return f"no call has {'both ' if len(wrong) == 2 else ''}{' and '.join(wrong)}"


def _taken(takers: list[Rule]) -> str:
    names = [f"'{rule.id}' in line {rule.mark.line}" for rule in takers]
    each = "takes" if len(names) == 1 else "take"
    return f"{', '.join(names[:-1]) + ' and ' if names[1:] else ''}{names[-1]} {each} every such call first"


def _dead_choices(asked: Question, left: Question, place: int) -> Iterator[Problem]:
    """Alternatives that hold for none of the calls that the rules above leave, and so get another grade."""
    rule = asked.scheme.rules[place]
    for choice, mark, when in _choices(rule):
        formula = asked.formula(rule, when)
        if asked.fails(formula):
            why = _contradiction(asked, replace(rule, when=when))
            yield Problem(mark, f"in rule '{rule.id}' {choice} can never hold", why, "warning")
        elif left.fails(formula):
            takers = asked.takers(formula, place)
            if any(taker.grade != rule.grade for taker in takers):
                yield Problem(mark, f"in rule '{rule.id}' {choice} never decides", _taken(takers), "warning")


def _choices(rule: Rule) -> Iterator[tuple[str, Mark, Condition]]:
    """The alternatives of a rule: for each the rule with nothing but that one."""
    for test in rule.when.tests:
        others = tuple(each for each in rule.when.tests if each is not test)
        for chosen in _alternatives(test):
            written = next((text.mark for text in _texts(chosen)), rule.mark)
            yield f"'{' and '.join(map(said, chosen))}'", written, Condition((*others, *chosen))


def _alternatives(test: Test) -> list[tuple[Test, ...]]:
    match test:
        case AnyOf(conditions):
            return [condition.tests for condition in conditions]
        case Is(_, _, values) | Includes(_, _, values, False) if len(values) > 1:
            return [(replace(test, values=(value,)),) for value in values]
    return []


def _texts(tests: Sequence[Test]) -> Iterator[Text]:
    for test in Condition(tuple(tests)).plain():
        if isinstance(test, Is | Includes):
            yield from (value for value in test.values if isinstance(value, Text))


def _overlaps(asked: Question) -> Iterator[Problem]:
    """Two ranges of one number, all else being equal, that share a part: a slip at a boundary."""
    for (first, one), (second, two) in combinations(zip(asked.scheme.rules, asked.rules, strict=True), 2):
        if first.grade == second.grade or not _differ_in_one_range(first, second):
            continue
        shared = asked.answer(one, two)
        if shared is None or asked.fails(one, asked.deny(two)) or asked.fails(two, asked.deny(one)):
            continue
        message = f"rules '{first.id}' in line {first.mark.line} and '{second.id}' overlap"
        hint = f"{asked.known.told(_only(first, shared))} gets grade {first.grade or 'none'}, by the first"
        yield Problem(second.mark, message, hint, "warning")


def _differ_in_one_range(first: Rule, second: Rule) -> bool:
    differing = set(first.when.tests) ^ set(second.when.tests)
    facts = [test.fact if isinstance(test, Within) else "" for test in differing]
    if first.score != second.score:
        return not differing and None not in (first.score, second.score)
    return len(facts) == 2 and facts[0] != "" and facts[0] == facts[1]


def _only(rule: Rule, values: Values) -> Values:
    """What a rule itself speaks of."""
    facts = {test.fact for test in rule.when.plain()} | ({SCORE} if rule.score else set())
    return {name: mask for name, mask in values.items() if name.partition(":")[0] in facts}


# --- a scheme used by a script ---------------------------------------------------------------------------------------


def analyse_use(script: Script) -> list[Problem]:
    """What the script's own scheme asks for in vain; all warnings, since a scheme may serve several scripts.

    A rule that no call falls under matters when no other rule gives its grade either; `--witness` tells of each rule.
    """
    scheme = script.scheme
    asked = question(scheme)
    conditions = [*(rule.when for rule in scheme.rules), *(points.when for points in scheme.points)]
    tests = [test for condition in conditions for test in condition.plain()]
    found = list(unknown_names(script, tests, [intent for points in scheme.points for intent in points.each]))
    named = {problem.mark for problem in found}
    vain = _in_vain(asked, script)
    given = {rule.grade for rule in scheme.rules if not any(rule in rules for rules in vain.values())}
    for why, in_vain in vain.items():
        rules = [rule for rule in in_vain if rule.grade not in given]
        if rules and not named & {text.mark for rule in rules for text in _texts(rule.when.tests)}:
            message = f"no call of script '{script.name}' falls under {_listed(rules)}"
            found.append(Problem(rules[0].mark, message, why, "warning"))
    return found


def _in_vain(asked: Question, script: Script) -> dict[str, list[Rule]]:
    """The rules that no call of the script falls under, by the reason why."""
    lacking = list(out_of_reach(script, asked.known))
    denied = [asked.deny(asked.known.formula(condition)) for condition, _ in lacking]
    use = replace(asked, given=[*asked.given, *denied])
    found: dict[str, list[Rule]] = {}
    for rule, formula in zip(asked.scheme.rules, asked.rules, strict=True):
        if use.fails(formula) and not asked.fails(formula):
            why = [lacking[place][1] for place in core(denied, [*asked.given, formula], asked.values)]
            found.setdefault("; ".join(why), []).append(rule)
    return found


def _listed(rules: Sequence[Rule]) -> str:
    first, more = f"'{rules[0].id}'", [f"'{rule.id}' in line {rule.mark.line}" for rule in rules[1:]]
    return f"rules {', '.join([first, *more[:-1]])} and {more[-1]}" if more else f"rule {first}"


# --- conditions in words ---------------------------------------------------------------------------------------------


def said(test: Test) -> str:
    """A test as people say it: `turns at least 1`."""
    match test:
        case Not(AnyOf() as inner):
            return f"not ({said(inner)})"
        case Not(inner):
            return f"not {said(inner)}"
        case AnyOf(conditions):
            return " or ".join(" and ".join(map(said, condition.tests)) for condition in conditions)
    return _said_plainly(test)


def _said_plainly(test: Plain) -> str:
    match test:
        case Within(fact, _, low, high):
            thousandths = 1000 if fact.endswith("_seconds") else 1
            return f"{fact} {_range(low, high, thousandths)}"
        case Is(fact, _, values):
            return f"{fact} {' or '.join(values)}"
        case Has(fact, _, wanted):
            return fact if wanted else f"no {fact}"
        case Includes(fact, _, values, every):
            return f"{fact} {(' and ' if every else ' or ').join(values)}"


def _range(low: int | None, high: int | None, unit: int = 1) -> str:
    if low == high and low is not None:
        return f"{low / unit:g}"
    ends = [f"at least {low / unit:g}"] if low is not None else []
    ends += [f"at most {high / unit:g}"] if high is not None else []
    return " and ".join(ends)
