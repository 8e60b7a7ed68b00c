"""Words for what a caller means: out of the real grammars, as people put them together.

A phrase is taken when the script's own matcher understands it, by itself and at this stage, as the intent it stands
for. What is put together from several is not asked again: whether it is still understood is what a simulation shows.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.language.script import Script
from engine.language.stage import SlotType, Stage
from engine.personas.chance import Chance
from engine.personas.persona import DEEDS, Table
from engine.trial.caller import DEFAULT_NOW
from engine.trial.sayings import FREE_WORDS
from engine.understanding.grammar import Intent, Understanding, announced

MOST_PHRASES = 60
"""Phrases of one intent that are tried, taken evenly from all of them."""
ENDINGS = frozenset("啊呢吧吗嘛呀哈了么哦")
TELLING: dict[SlotType, tuple[str, ...]] = {
    "time": (
        "明天下午三点", "后天上午", "周五上午十点", "下周二下午", "明天上午九点半", "今天下午四点", "后天下午两点",
        "下周一",
    ),
    "name": ("我姓王", "免贵姓李", "叫我老张就行", "我姓陈"),
    "quantity": ("三个人", "十来个人", "五六个", "二十几个人", "就两个人"),
    "words": ("用过一种别家的", "之前试过一个", "没怎么用过"),
}  # fmt: skip
"""What people tell for a slot; numbers are made up where they are told."""
NUMBERS = ("1380000", "1390000", "1860000")
"""Beginnings of numbers; four digits follow."""
TELLS: dict[str, SlotType] = {"give_time": "time", "give_number": "number", "give_name": "name"}


class Vocabulary:
    """What can be said to one script."""

    def __init__(self, script: Script, table: Table) -> None:
        self.script = script
        self.table = table
        self._intents = {_name(intent): intent for grammar in script.grammars for intent in grammar.intents}
        self._groups: dict[str, tuple[str, ...]] = {}
        for name, intent in self._intents.items():
            self._groups[intent.group] = (*self._groups.get(intent.group, ()), name)
        self._phrases: dict[tuple[str, str], tuple[str, ...]] = {}
        self._own = script.all_words

    def knows(self, act: str) -> bool:
        """Does everything in this act mean something to the script?"""
        return act in DEEDS or all(
            part in self._intents or part in self._groups or part in self._own for part in act.split("+")
        )

    def meant(self, act: str, stage: Stage, asked: Iterable[str], chance: Chance) -> tuple[str, ...]:
        """The intents of an act, a group standing for one of its own that was not brought up yet; none when one of
        them cannot be said here.
        """
        found = []
        for part in act.split("+"):
            names = self._groups.get(part, (part,))
            new = [name for name in names if name not in asked] or list(names)
            name = next((name for name in chance.shuffled(new) if self.phrases(name, stage)), "")
            if not name:
                return ()
            found.append(name)
        return tuple(found)

    def phrases(self, name: str, stage: Stage | None) -> tuple[str, ...]:
        """Words that mean this intent at this stage, those first that mean nothing else."""
        key = (name, stage.name if stage else "")
        if key not in self._phrases:
            self._phrases[key] = self._understood(name, stage)
        return self._phrases[key]

    def say(self, meant: tuple[str, ...], stage: Stage, talks: int, chance: Chance) -> str:
        """One utterance with these intents."""
        words = "，".join(self._phrase(name, stage, chance) for name in chance.shuffled(meant))
        if chance.happens(talks) and self.table.fillers:
            words = chance.one_of(self.table.fillers) + words
        if chance.happens(talks) and self.table.particles and words[-1] not in ENDINGS:
            words += chance.one_of(self.table.particles)
        return words

    def _phrase(self, name: str, stage: Stage, chance: Chance) -> str:
        if name in TELLS:
            return tell(TELLS[name], chance)
        return chance.one_of(self.phrases(name, stage))

    def free_words(self, chance: Chance) -> str:
        return chance.one_of(FREE_WORDS)

    def announcement(self, disposition: str, chance: Chance) -> str:
        """The words of a carrier or a machine; empty where the script has none for it."""
        phrases = self.phrases(announced(disposition), None)
        return chance.one_of(phrases) if phrases else ""

    def _understood(self, name: str, stage: Stage | None) -> tuple[str, ...]:
        alone: list[str] = []
        among: list[str] = []
        for text in self._candidates(name):
            ids = self.ids(text, stage)
            if name in ids:
                (alone if len(ids) == 1 else among).append(text)
        return tuple(alone or among)

    def _candidates(self, name: str) -> list[str]:
        if name in TELLS:
            return [tell(TELLS[name], Chance(name))]
        intent = self._intents.get(name)
        if intent is None:
            return [name]
        texts = [phrase.text for phrase in intent.phrases if not phrase.pattern]
        if intent.group == "announcement":  # nobody announces a part of a sentence
            texts = list(intent.examples) or texts
        else:
            texts += intent.examples
        if len(texts) <= MOST_PHRASES:
            return texts
        return [texts[at * len(texts) // MOST_PHRASES] for at in range(MOST_PHRASES)]

    def ids(self, text: str, stage: Stage | None) -> set[str]:
        role, words = (stage.role, stage.words) if stage else ("early_media", frozenset())
        return _ids(self.script.lexicon.understand(text, now=DEFAULT_NOW, role=role, words=words | self.script.words))


def tell(kind: SlotType, chance: Chance) -> str:
    """Words that tell a slot of this type."""
    if kind in ("number", "digits"):
        return f"{chance.one_of(NUMBERS)}{chance.between(0, 9999):04}"
    return chance.one_of(TELLING[kind])


def _name(intent: Intent) -> str:
    return announced(intent.id) if intent.group == "announcement" else intent.id


def _ids(understood: Understanding) -> set[str]:
    ids = {hit.id for hit in understood.hits if not hit.negated}
    return ids | {announced(understood.disposition)} if understood.disposition else ids
