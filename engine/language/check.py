"""What a call would find out too late: stages nobody reaches, questions nobody may answer, calls that cannot end.

Works on the script as a graph: an edge for everything that can move a call. Each check is a function from the script
to problems, listed in `CHECKS`; stages that came from an included part are not blamed for being unused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from engine.content.source import Mark, Problem
from engine.language.places import Place, places
from engine.language.prompts import gaps
from engine.language.script import Script
from engine.language.stage import Rule, Stage

DISCLOSURE = ("智能语音", "智能助理", "智能助手", "语音助手", "机器人", "人工智能", "AI", "ＡＩ", "数字员工")
"""Words that tell the caller that no person is speaking, as the rules on AI-generated speech ask
(《人工智能生成合成内容标识办法》, in force since 2025-09-01)."""


def check(script: Script, file: str) -> list[Problem]:
    """All structural problems; `file` is the script's own."""
    if script.start not in script.stages:
        return [Problem(Mark(file, 1, 1), "the script has no stage to begin with", "add one under 'stages:'")]
    return [problem for each in CHECKS for problem in each(script, file)]


def _unreachable(script: Script, file: str) -> Iterator[Problem]:
    targets = _targets(script)
    reached = _closure([script.start], targets)
    for name, stage in script.stages.items():
        if name not in reached and stage.mark.file == file:
            yield Problem(stage.mark, f"no call reaches stage '{name}'", "lead a branch to it with 'go:', or remove it")


def _no_way_out(script: Script, file: str) -> Iterator[Problem]:
    """A stage from which the script's own flow never comes to a hang-up: only silence or a limit would end the call."""
    flow: dict[str, set[str]] = {name: set() for name in script.stages}
    for source, trigger, target in script.edges():
        fallen_back = trigger in ("silence", "no_match") and target == script.limits.then
        if source != "*" and target and not fallen_back:
            flow[target].add(source)
    ends = [
        name for name, stage in script.stages.items()
        if stage.end or any(rule.end for rule in stage.expect)
    ]  # fmt: skip
    ending = _closure(ends, flow)
    for name, stage in script.stages.items():
        if name not in ending:
            yield Problem(
                stage.mark, f"stage '{name}' has no way out", "no answer here leads to a stage with 'end: yes'"
            )


def _mute(script: Script, file: str) -> Iterator[Problem]:
    for name, stage in script.stages.items():
        if not (stage.expect or stage.go or stage.end):
            hint = "give it 'expect:', or 'go:' to move on, or 'end: yes' to hang up"
            yield Problem(stage.mark, f"stage '{name}' listens but expects nothing", hint)
        if stage.end and (stage.expect or stage.go):
            yield Problem(stage.mark, f"stage '{name}' ends the call, so what it expects is never heard", "drop 'end:'")
        if stage.go and (stage.expect or stage.recover):
            hint = "drop 'go:', or use the branch 'other:' to lead on"
            yield Problem(
                stage.mark, f"stage '{name}' goes on without listening, so what it expects is never heard", hint
            )


def _endless_talk(script: Script, file: str) -> Iterator[Problem]:
    """Stages that go on to each other for ever without listening once."""
    for name, stage in script.stages.items():
        seen, here = {name}, stage.go
        while here and here not in seen:
            seen.add(here)
            here = script.stages[here].go
        if here == name:
            yield Problem(
                stage.mark, f"stage '{name}' leads back to itself without listening", "let one of them listen"
            )


def _goodbye(script: Script, file: str) -> Iterator[Problem]:
    limit = script.limits.then
    if limit and not script.stages[limit].end:
        hint = "add 'end: yes' to it, or name another stage under 'goodbye:' or 'limits: then:'"
        yield Problem(script.stages[limit].mark, f"stage '{limit}' must end the call when a limit is reached", hint)


def _shadowed(script: Script, file: str) -> Iterator[Problem]:
    for stage in script.stages.values():
        yield from _shadowed_in(stage.expect)
    yield from _shadowed_in(script.always)
    yield from _shadowed_in(script.answers)


def _shadowed_in(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Rules whose every phrase an earlier one of their file takes, without condition or limit."""
    taken: dict[str, Rule] = {}
    others = [rule for rule in rules if rule.other]
    for rule in rules:
        if rule.hear and rule.hear <= taken.keys():
            first = taken[min(rule.hear)]
            if first.mark.file == rule.mark.file:
                yield Problem(rule.mark, "this is never reached", f"line {first.mark.line} takes the same words first")
        if not (rule.also or rule.when or rule.stages or (rule.limit and not rule.over) or _gives_way(rule)):
            taken.update({name: rule for name in rule.hear if name not in taken})
    for rule in others[1:]:
        if not others[0].when:
            yield Problem(
                rule.mark, "a second 'other' is never reached", f"line {others[0].mark.line} takes everything"
            )


def _gives_way(rule: Rule) -> bool:
    """Does this rule leave words that it hears to others, by what else is said with them?"""
    return rule.answer or bool(rule.accept) or rule.wait_ms > 0


def _recoveries(script: Script, file: str) -> Iterator[Problem]:
    limits = script.limits
    most = min(limits.recoveries_per_stage, limits.recoveries)
    for stage in script.stages.values():
        for recovery in stage.recover[most:]:
            hint = f"limits allow {most}; raise 'limits: recoveries_per_stage'"
            yield Problem(recovery.mark, f"this recovery of stage '{stage.name}' is never said", hint, "warning")


def _acceptance(script: Script, file: str) -> Iterator[Problem]:
    for stage in script.stages.values():
        for rule in stage.expect:
            if rule.accept and not stage.confirm:
                hint = "add 'confirm:' with a closed question, so that a bare 嗯 does not count as an appointment"
                yield Problem(rule.mark, "an acceptance without confirmation", hint, "warning")


def _slots(script: Script, file: str) -> Iterator[Problem]:
    for rule in script.rules.values():
        for name in rule.need:
            if not script.slots[name].ask:
                yield Problem(rule.mark, f"slot '{name}' is needed but has no question", f"add 'ask:' to slot '{name}'")
    filled = {name for rule in script.rules.values() for name in (*rule.fill, *rule.need)}
    filled.update(name for stage in script.stages.values() for name in stage.fill)
    for rule in script.rules.values():
        if rule.do.callback and rule.do.callback not in filled:
            hint = f"add 'fill: {rule.do.callback}' to a stage or a rule"
            yield Problem(rule.mark, f"nothing ever fills slot '{rule.do.callback}'", hint)


def _transfers(script: Script, file: str) -> Iterator[Problem]:
    for rule in script.rules.values():
        if rule.transfer and not rule.otherwise:
            yield Problem(rule.mark, "a transfer may fail", "add 'else:' with the stage to go to then")


def _holds(script: Script, file: str) -> Iterator[Problem]:
    for rule in script.rules.values():
        if rule.hold_ms and (rule.transfer or rule.end or rule.repeat or rule.wait_ms):
            hint = "after 'hold:' a call goes on with 'go:', or back to the question; leave the others to that stage"
            yield Problem(rule.mark, "on hold, and then 'transfer', 'end', 'repeat' or 'wait', which is not done", hint)


def _disclosure(script: Script, file: str) -> Iterator[Problem]:
    """The stages up to the first that says what the call is about must say that an AI is speaking."""
    stage: Stage | None = script.stages[script.start]
    first = stage
    seen: set[str] = set()
    while stage and stage.name not in seen:
        seen.add(stage.name)
        if any(word in part.text for part in stage.say[0] for word in DISCLOSURE):
            return
        following = stage.go or next((rule.go for rule in stage.expect if rule.other and rule.go), "")
        stage = script.stages.get(following) if stage.role == "greeting" else None
    if first:
        hint = "for example 我是…的智能语音助手; callers must be told at once"
        yield Problem(first.mark, "the opening does not say that an AI is speaking", hint, "warning")


def _first_words(script: Script, file: str) -> Iterator[Problem]:
    """Prompts of which every wording waits for a slot that may never be told would fall silent there."""
    for place in places(script):
        missing = [[name for name in gaps(wording) if name in script.slots] for wording in place.prompt]
        if place.prompt and all(missing) and not place.knows and not _surely_filled(script, place, set(missing[0])):
            hint = f"add a wording without {{{missing[0][0]}}} for calls in which it was not told"
            yield Problem(place.mark, f"every wording of {place.what} needs a slot", hint, "warning")


def _surely_filled(script: Script, place: Place, slots: set[str]) -> bool:
    """Does every rule that leads to the stage of this prompt, or has it said, make sure of these slots?"""
    leading = [{*rule.need, *_words_slots(script, rule)} for rule in script.rules.values() if rule.go == place.stage]
    saying = [{*place.needed(rule), *_words_slots(script, rule)} for rule in place.rules]
    return slots <= _common(leading if place.stage else []) | _common(saying)


def _common(sets: list[set[str]]) -> set[str]:
    return set.intersection(*sets) if sets else set()


def _words_slots(script: Script, rule: Rule) -> set[str]:
    return {name for name in rule.fill if script.slots[name].type == "words"}


CHECKS: tuple[Callable[[Script, str], Iterator[Problem]], ...] = (
    *(_unreachable, _no_way_out, _mute, _endless_talk, _goodbye, _shadowed),
    *(_recoveries, _acceptance, _slots, _transfers, _holds, _disclosure, _first_words),
)


# --- the graph -------------------------------------------------------------------------------------------------------


def _targets(script: Script) -> dict[str, set[str]]:
    """Stage → the stages that a call can go to from there."""
    everywhere = {target for source, _, target in script.edges() if source == "*" and target}
    targets = {name: set(everywhere) if not stage.end else set() for name, stage in script.stages.items()}
    for source, _, target in script.edges():
        if source != "*" and target:
            targets[source].add(target)
    return targets


def _closure(starts: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    seen = set(starts)
    queue = deque(seen)
    while queue:
        for target in edges[queue.popleft()] - seen:
            seen.add(target)
            queue.append(target)
    return seen
