"""Small changes to a script that its tests should notice: a phrase less, two branches swapped, a threshold moved, a
condition gone. A change that no conversation test notices shows what none of them tests.

Scripts are frozen data, so a mutant is the script with one piece replaced. Rules keep the names that they have in the
file, so that only a change of behaviour is a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.calls.actions import Entered, Took
from engine.content.source import Mark
from engine.grading.condition import AnyOf, Condition, Not, Test, Within
from engine.grading.facts import FACTS
from engine.grading.grade import Rule as GradeRule
from engine.language.script import Script
from engine.language.stage import Rule, Stage
from engine.trial.conversation import Tested, run_again
from engine.understanding.grammar import announced

OWN_GRAMMAR = "script"
"""Name of the grammar that holds the intents of a script itself."""


@dataclass(frozen=True, slots=True)
class Mutant:
    mark: Mark
    change: str
    script: Script
    where: str = ""
    """`stage X` or `branch PATH`: a call that does not come there cannot notice; empty is everywhere."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the tests made of a mutant."""

    mutant: Mutant
    tried: int
    """Tests that came to the place."""
    killed_by: str = ""
    """The first test that failed; empty for none."""


def mutants(script: Script) -> tuple[Mutant, ...]:
    """Every mutant of a script, always in the same order."""
    kinds = (_dropped, _swapped, _limits, _counts, _removed, _vetoes, _grading)
    return tuple(mutant for kind in kinds for mutant in kind(script))


def sample(found: tuple[Mutant, ...], most: int) -> tuple[Mutant, ...]:
    """At most so many, evenly out of all of them."""
    if len(found) <= most:
        return found
    return tuple(found[number * len(found) // most] for number in range(most))


def trials(chosen: Iterable[Mutant], tested: Iterable[Tested]) -> Iterator[Trial]:
    """Run the tests that passed on each mutant, until one fails."""
    reached = [(each, _reached(each)) for each in tested]
    for mutant in chosen:
        concerned = [each for each, places in reached if not mutant.where or mutant.where in places]
        killer = next((each.name for each in concerned if _notices(each, mutant)), "")
        yield Trial(mutant, len(concerned), killer)


def _notices(tested: Tested, mutant: Mutant) -> bool:
    try:
        return bool(run_again(tested, mutant.script).failures)
    except (AssertionError, LookupError):  # the mutant never ends a call, or has lost its way
        return True


def _reached(tested: Tested) -> frozenset[str]:
    actions = [action for entry in tested.entries for action in entry.actions]
    stages = {f"stage {action.stage}" for action in actions if isinstance(action, Entered)}
    return frozenset(stages | {f"branch {action.rule}" for action in actions if isinstance(action, Took)})


# --- putting a script together ---------------------------------------------------------------------------------------


def _but(script: Script, **changes: object) -> Script:
    """The script with these fields; what was compiled from the others is shared, as it does not depend on them."""
    made: Script = replace(script, **changes)  # type: ignore[arg-type]  # the names are those of the fields
    vars(made).update(lexicon=script.lexicon, graph=script.graph)
    return made


def _with_rule(script: Script, old: Rule, new: Rule) -> Script:
    common = {
        name: tuple(new if rule is old else rule for rule in getattr(script, name)) for name in ("always", "answers")
    }
    stages = {name: _stage_with(stage, old, new) for name, stage in script.stages.items()}
    return _but(script, **common, stages=stages, rules={**script.rules, old.path: new})


def _stage_with(stage: Stage, old: Rule, new: Rule) -> Stage:
    own = (*stage.expect, *(rule for recovery in stage.recover for rule in recovery.expect))
    if not any(rule is old for rule in own):
        return stage
    expect = tuple(new if rule is old else rule for rule in stage.expect)
    recover = tuple(
        replace(each, expect=tuple(new if rule is old else rule for rule in each.expect)) for each in stage.recover
    )
    others = [rule.hear | rule.also for rule in own if rule is not old]
    lost = (old.hear | old.also) - (new.hear | new.also).union(*others)
    return replace(stage, expect=expect, recover=recover, named=stage.named - lost, words=stage.words - lost)


def _with_stage(script: Script, stage: Stage) -> Script:
    return _but(script, stages={**script.stages, stage.name: stage})


def _place(rule: Rule) -> str:
    """Where a call must come to notice something about this rule."""
    stage = rule.path.partition(".")[0]
    return "" if stage in ("always", "answers") else f"stage {stage}"


# --- kinds of mutants ------------------------------------------------------------------------------------------------


def _dropped(script: Script) -> Iterator[Mutant]:
    """A phrase or an intent that a rule listens for no more; those of a whole group stay together."""
    groups: dict[str, set[str]] = {}
    for grammar in script.grammars:
        for intent in grammar.intents:
            name = announced(intent.id) if intent.group == "announcement" else intent.id
            groups.setdefault(intent.group, set()).add(name)
    for rule in script.rules.values():
        whole = frozenset().union(*(ids for ids in groups.values() if len(ids) > 1 and ids <= rule.hear))
        for item in sorted(rule.hear - whole):
            made = _with_rule(script, rule, replace(rule, hear=rule.hear - {item}))
            yield Mutant(rule.mark, f"{rule.path} no longer hears {item}", made, f"branch {rule.path}")


def _swapped(script: Script) -> Iterator[Mutant]:
    for stage in script.stages.values():
        for number, (one, other) in enumerate(zip(stage.expect, stage.expect[1:], strict=False)):
            if one.hear and other.hear:
                expect = (*stage.expect[:number], other, one, *stage.expect[number + 2 :])
                made = _with_stage(script, replace(stage, expect=expect))
                yield Mutant(other.mark, f"{other.path} comes before {one.path}", made, f"stage {stage.name}")
    for number, (one, other) in enumerate(zip(script.always, script.always[1:], strict=False)):
        if one.hear and other.hear:
            made = _but(script, always=(*script.always[:number], other, one, *script.always[number + 2 :]))
            yield Mutant(other.mark, f"{other.path} comes before {one.path}", made)


def _limits(script: Script) -> Iterator[Mutant]:
    first = next(iter(script.stages.values())).mark
    top = Mark(first.file, 1, 1)
    limits = script.limits
    fewer = {
        "turns": (limits.turns, replace(limits, turns=limits.turns - 1)),
        "visits": (limits.visits, replace(limits, visits=limits.visits - 1)),
        "recoveries": (limits.recoveries, replace(limits, recoveries=limits.recoveries - 1)),
        "recoveries_per_stage": (
            limits.recoveries_per_stage,
            replace(limits, recoveries_per_stage=limits.recoveries_per_stage - 1),
        ),
    }
    for name, (value, changed) in fewer.items():
        if value:
            yield Mutant(top, f"limits: {name} is {value - 1} instead of {value}", _but(script, limits=changed))


def _counts(script: Script) -> Iterator[Mutant]:
    """How often a rule applies, and how often is asked again."""
    for rule in script.rules.values():
        more = (
            ("limit", rule.limit, replace(rule, limit=rule.limit + 1)),
            ("ignore", rule.ignore, replace(rule, ignore=rule.ignore + 1)),
        )
        for name, value, changed in more:
            if value:
                change = f"{rule.path}: {name} is {value + 1} instead of {value}"
                yield Mutant(rule.mark, change, _with_rule(script, rule, changed), f"branch {rule.path}")
    for stage in script.stages.values():
        here = f"stage {stage.name}"
        if stage.no_match.say and _listens(stage):
            fewer = replace(stage, no_match=replace(stage.no_match, say=stage.no_match.say[:-1]))
            yield Mutant(stage.mark, f"{stage.name}: one no-match prompt less", _with_stage(script, fewer), here)
        if stage.no_match.short_chars and _listens(stage):
            strict = replace(stage, no_match=replace(stage.no_match, short_chars=0))
            change = f"{stage.name}: short answers no longer go along"
            yield Mutant(stage.mark, change, _with_stage(script, strict), here)


def _listens(stage: Stage) -> bool:
    return not stage.end and not stage.go and not any(rule.other for rule in stage.expect)


def _removed(script: Script) -> Iterator[Mutant]:
    for rule in script.rules.values():
        if rule.also:
            made = _with_rule(script, rule, replace(rule, also=frozenset()))
            yield Mutant(rule.mark, f"{rule.path} without its 'also'", made, _place(rule))
        if rule.when:
            made = _with_rule(script, rule, replace(rule, when=None))
            yield Mutant(rule.mark, f"{rule.path} without its 'if'", made, _place(rule))
    for stage in script.stages.values():
        for number in range(len(stage.skip)):
            fewer = replace(stage, skip=(*stage.skip[:number], *stage.skip[number + 1 :]))
            yield Mutant(stage.mark, f"{stage.name} without its 'skip' {number + 1}", _with_stage(script, fewer))
        if stage.confirm:
            made = _with_stage(script, replace(stage, confirm=None))
            yield Mutant(stage.mark, f"{stage.name} without its 'confirm'", made, f"stage {stage.name}")


def _vetoes(script: Script) -> Iterator[Mutant]:
    """The vetoes of the script's own intents; here the matcher is built anew."""
    top = Mark(next(iter(script.stages.values())).mark.file, 1, 1)
    for place, grammar in enumerate(script.grammars):
        for number, intent in enumerate(grammar.intents if grammar.name == OWN_GRAMMAR else ()):
            for veto in intent.vetoes:
                fewer = replace(intent, vetoes=tuple(each for each in intent.vetoes if each != veto))
                intents = (*grammar.intents[:number], fewer, *grammar.intents[number + 1 :])
                others = (*script.grammars[:place], replace(grammar, intents=intents), *script.grammars[place + 1 :])
                yield Mutant(top, f"{intent.id} without its veto {veto}", replace(script, grammars=others))


# --- grading ---------------------------------------------------------------------------------------------------------


def _grading(script: Script) -> Iterator[Mutant]:
    """The bounds of the grade rules, each moved by one; lines of conditions taken out; neighbours swapped."""
    rules = script.scheme.rules
    for number, rule in enumerate(rules):
        for change, when in _changed(rule.when):
            changed = (*rules[:number], replace(rule, when=when), *rules[number + 1 :])
            yield Mutant(rule.mark, f"grade rule {rule.id}: {change}", _regraded(script, changed))
        following = rules[number + 1] if number + 1 < len(rules) else None
        if following and following.when.tests and following.grade != rule.grade:
            swapped = (*rules[:number], following, rule, *rules[number + 2 :])
            yield Mutant(
                following.mark, f"grade rule {following.id} comes before {rule.id}", _regraded(script, swapped)
            )


def _regraded(script: Script, rules: tuple[GradeRule, ...]) -> Script:
    return _but(script, scheme=replace(script.scheme, rules=rules))


def _changed(condition: Condition) -> Iterator[tuple[str, Condition]]:
    for number, test in enumerate(condition.tests):
        rest = (condition.tests[:number], condition.tests[number + 1 :])
        for change, other in _moved(test):
            yield change, Condition((*rest[0], other, *rest[1]))
        if len(condition.tests) > 1:
            yield f"without {_named(test)}", Condition((*rest[0], *rest[1]))


def _moved(test: Test) -> Iterator[tuple[str, Test]]:
    if isinstance(test, Within):
        by = 1000 if FACTS[test.fact].kind == "duration" else 1
        for low in () if test.low is None else (test.low - by, test.low + by):
            if low >= 0:
                yield f"{test.fact} at least {low} instead of {test.low}", replace(test, low=low)
        for high in () if test.high is None else (test.high - by, test.high + by):
            if high >= 0:
                yield f"{test.fact} at most {high} instead of {test.high}", replace(test, high=high)
    elif isinstance(test, Not):
        yield from ((f"not {change}", Not(other)) for change, other in _moved(test.test))
    elif isinstance(test, AnyOf):
        for number, condition in enumerate(test.conditions):
            for change, other in _changed(condition):
                yield change, AnyOf((*test.conditions[:number], other, *test.conditions[number + 1 :]))


def _named(test: Test) -> str:
    if isinstance(test, Not):
        return f"not {_named(test.test)}"
    return "any" if isinstance(test, AnyOf) else test.fact
