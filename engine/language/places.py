"""Where the prompts of a script stand, and which rules have them said: one table for whoever asks for all of them, the
checks of a script, what tests and callers have heard of it, recordings that are recognised, and the voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.content.source import Mark
from engine.language.script import Script
from engine.language.stage import Prompt, Rule, Stage


@dataclass(frozen=True, slots=True)
class Place:
    """A prompt where it stands."""

    what: str
    """In the words of a problem."""
    mark: Mark
    prompt: Prompt
    """Wordings of which one is said; none where the script says nothing here."""
    stage: str = ""
    """It is said in this stage, which has been entered."""
    opens: bool = False
    """It is what is said on entering that stage."""
    rules: tuple[Rule, ...] = ()
    """It is said when one of these is carried out."""
    asks: str = ""
    """It asks for this slot."""
    needs: bool = True
    """It is said after what its rules need was asked for."""
    knows: bool = False
    """It is of a rule under a condition, which may know that a slot was told."""

    def needed(self, rule: Rule) -> tuple[str, ...]:
        """The slots that this rule has asked for when the prompt is said."""
        if self.asks:
            return rule.need[: rule.need.index(self.asks)]
        return rule.need if self.needs else ()


def places(script: Script) -> Iterator[Place]:
    """All prompts, in the order of the script. A question for a slot that no rule needs is never asked, so is none."""
    for stage in script.stages.values():
        yield from _of_stage(stage)
    yield from _of_rules((*script.always, *script.answers))
    for slot in script.slots.values():
        asking = tuple(rule for rule in script.rules.values() if slot.name in rule.need)
        if asking:
            yield Place(f"the question for slot '{slot.name}'", asking[0].mark, slot.ask, rules=asking, asks=slot.name)


def _of_stage(stage: Stage) -> Iterator[Place]:
    name, mark = stage.name, stage.mark
    yield Place(f"stage '{name}'", mark, stage.say, name, opens=True)
    yield Place(f"stage '{name}'", mark, stage.reprompt, name)
    for recovery in stage.recover:
        yield Place(f"stage '{name}'", recovery.mark, recovery.say, name)
    if stage.confirm:
        accepting = tuple(rule for rule in stage.expect if rule.accept)
        yield Place(f"'confirm' of stage '{name}'", mark, stage.confirm.say, name, rules=accepting, needs=False)
    for what, said in (("silence", stage.silence.say), ("no_match", stage.no_match.say)):
        for wording in said:  # said one after the other, so none stands in for another
            yield Place(f"'{what}' of stage '{name}'", mark, (wording,), name)
    yield from _of_rules(stage.expect, name)
    for recovery in stage.recover:
        yield from _of_rules(recovery.expect, name)


def _of_rules(rules: Iterable[Rule], stage: str = "") -> Iterator[Place]:
    for rule in rules:
        for prompt in (rule.say, rule.tail):
            yield Place(f"branch {rule.path}", rule.mark, prompt, stage, rules=(rule,), knows=rule.when is not None)
