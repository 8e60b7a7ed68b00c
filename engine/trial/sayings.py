"""What an abstract caller may say, stage by stage: one real utterance for everything a script could make of it.

A script knows a hundred intents and thousands of phrases, but at one stage most of them do the same. So the intents
are put into kinds by what becomes of them there (the rules that hear them, the facts they make), and each is given
words out of the grammars that are really understood as that intent alone, at that stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from engine.dialogue.decide import AGREEABLE, NO, YES
from engine.grading.condition import Includes, Is, Plain
from engine.grading.said import COUNTS, FLAGS, POSITIVE, TELLS_NUMBER, TELLS_WHO, WANTS
from engine.language.script import Script
from engine.language.stage import NOTHING, Rule, SlotType, Stage
from engine.trial.caller import DEFAULT_NOW
from engine.understanding.grammar import Grammar, Intent, Matcher, Understanding, announced

TELLING: dict[SlotType, str] = {
    "time": "明天下午三点",
    "number": "13800001234",
    "name": "我姓王",
    "quantity": "三个人",
}
"""Words that tell a slot of this type."""
TELLING_INTENTS: dict[str, SlotType] = {"give_time": "time", "give_number": "number", "give_name": "name"}
FREE_WORDS = ("楼下那只猫又跑到树上了", "我把杯子放在窗台上了", "阳台的花该浇水了")
"""Words that no grammar should know; the first that this one does not."""
ALONE = AGREEABLE | YES | NO | POSITIVE | TELLS_NUMBER | TELLS_WHO | {"not_decision_maker", "decline_contact"}
ALONE |= {*COUNTS, *FLAGS, *WANTS}
"""Intents that the engine itself tells apart; each is a kind of its own."""
PLAIN_ANSWERS = frozenset({"affirm", "neutral"})
MOST_TRIED = 40
"""Phrases of one intent tried until one is understood as that intent alone."""
USUAL_LENGTH = 3
"""Shorter phrases are no more typical for being short."""
MOST_PAIRED = 4
"""Intents on either side of an `also` that are tried together."""


@dataclass(frozen=True, slots=True)
class Saying:
    """An utterance, and the intents it stands for; none for words that mean nothing to the script."""

    text: str
    ids: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()
    """Paths of the rules that may hear it, where it is said."""
    answers: bool = True
    """It answers what the stage has asked, rather than bringing up something else."""
    by_machine: bool = False
    """An announcement, which nobody says who has talked like a human."""


Kind = tuple[Saying, ...]
"""Sayings of which the script makes the same, so that any one of them will do."""


class Remembering:
    """A lexicon that remembers what it has understood: a search says the same few words again and again."""

    def __init__(self, lexicon: Matcher) -> None:
        self._lexicon = lexicon
        self._known: dict[tuple[str, str, frozenset[str]], Understanding] = {}

    def understand(self, text: str, *, now: str = "", role: str = "", words: Iterable[str] = ()) -> Understanding:
        """As the lexicon's; `now` must be the same in all calls."""
        key = (text, role, frozenset(words))
        if key not in self._known:
            self._known[key] = self._lexicon.understand(text, now=now, role=role, words=key[2])
        return self._known[key]


class Sayings:
    """All that can be said in a script; `tests` are the conditions on facts that somebody will ask about."""

    def __init__(self, script: Script, lexicon: Remembering, tests: Iterable[Plain]) -> None:
        self.script = script
        self._lexicon = lexicon
        self._asked = [test for test in tests if isinstance(test, Is | Includes)]
        self._kinds: dict[str, tuple[Kind, ...]] = {}
        self._intents = {intent.id: intent for intent in _intents(script.grammars)}

    def at(self, stage: Stage) -> tuple[Kind, ...]:
        """The kinds of what can be said in this stage."""
        if stage.name not in self._kinds:
            by_words = {kind[0].text: kind for kind in self._all(stage)}  # a time is told by give_time already
            self._kinds[stage.name] = tuple(by_words.values())
        return self._kinds[stage.name]

    def announcements(self) -> Iterator[Saying]:
        """An announcement for each disposition, as it is heard before the answer."""
        for intent in self._intents.values():
            if intent.group == "announcement":
                text = self._words_for(intent, "", self.script.words)
                if text:
                    yield Saying(text, frozenset({announced(intent.id)}), by_machine=True)

    # --- kinds -------------------------------------------------------------------------------------------------------

    def _all(self, stage: Stage) -> Iterator[Kind]:
        kinds: dict[object, list[Saying]] = {}
        for name, effect in self._names(stage):
            text, rules = self._text(name, stage), self._heard_by(name, stage)
            if text:
                answers = name in PLAIN_ANSWERS | stage.refusal or any(_is_of(stage, rule) for rule in rules)
                branches = frozenset(rule.path for rule in rules)
                saying = Saying(text, frozenset({name}), branches, answers, name.startswith(_MACHINE))
                same = tuple("answer" if _only_answers(rule) else rule.path for rule in rules)
                kinds.setdefault((same, effect), []).append(saying)
        yield from map(tuple, kinds.values())
        yield from ((Saying(text, ids, answers=False),) for ids, text in self._pairs(stage))
        told = {self.script.slots[name].type for name in _slots(stage)}
        yield from ((Saying(text),) for kind, text in TELLING.items() if kind in told)
        free = next((text for text in FREE_WORDS if not self._understood(text, stage).hits), "")
        if free:
            yield (Saying(free),)

    def _names(self, stage: Stage) -> Iterator[tuple[str, object]]:
        """Every intent and own word, with what it does beyond the rules that hear it."""
        for intent in self._intents.values():
            name = announced(intent.id) if intent.group == "announcement" else intent.id
            yield name, (self._fact(intent), name in stage.refusal, name in stage.named)
        for word in sorted(stage.words | self.script.words):
            yield word, "word"

    def _heard_by(self, name: str, stage: Stage) -> tuple[Rule, ...]:
        own = [*stage.expect, *(rule for recovery in stage.recover for rule in recovery.expect)]
        here = [rule for rule in own if name in rule.hear | rule.also]
        common = () if name in stage.named else (*self.script.always, *self.script.answers)
        there = (rule for rule in common if name in rule.hear | rule.also)
        return (*here, *(rule for rule in there if not rule.stages or stage.name in rule.stages))

    def _fact(self, intent: Intent) -> tuple[object, ...]:
        """What this intent does to the facts, as far as anybody asks for it."""
        asked = tuple(test for test in self._asked if intent.id in test.values)
        kind = intent.id if intent.id in ALONE else intent.group if intent.group in ("interest", "announcement") else ""
        return (kind, *asked)

    # --- words -------------------------------------------------------------------------------------------------------

    def _understood(self, text: str, stage: Stage) -> Understanding:
        return self._lexicon.understand(text, now=DEFAULT_NOW, role=stage.role, words=stage.words | self.script.words)

    def _text(self, name: str, stage: Stage) -> str:
        intent = self._intents.get(name.removeprefix(_MACHINE))
        if intent:
            return self._words_for(intent, stage.role, stage.words | self.script.words)
        return name if name in _ids(self._understood(name, stage)) else ""

    def _words_for(self, intent: Intent, role: str, words: frozenset[str]) -> str:
        """Words for an intent: those that mean it alone, else those that mean least besides."""
        name = announced(intent.id) if intent.group == "announcement" else intent.id
        best, others = "", len(self._intents)
        for text in _phrases(intent):
            understood = self._lexicon.understand(text, now=DEFAULT_NOW, role=role, words=words)
            ids = _ids(understood)
            if name in ids and len(ids) + len(understood.hits) - 2 < others:
                best, others = text, len(ids) + len(understood.hits) - 2
            if best and others <= 0:
                break
        return best

    def _pairs(self, stage: Stage) -> Iterator[tuple[frozenset[str], str]]:
        """Two intents in one breath: what a rule with `also` waits for, and a yes with a time."""
        own = [*stage.expect, *(rule for recovery in stage.recover for rule in recovery.expect)]
        wanted = [(rule.hear, rule.also) for rule in (*own, *self.script.always, *self.script.answers) if rule.also]
        for hear, also in dict.fromkeys([*wanted, (frozenset({"affirm"}), frozenset({"give_time"}))]):
            pair = self._pair(hear, also, stage)
            if pair:
                yield pair

    def _pair(self, hear: frozenset[str], also: frozenset[str], stage: Stage) -> tuple[frozenset[str], str] | None:
        for one in sorted(hear)[:MOST_PAIRED]:
            for other in sorted(also)[:MOST_PAIRED]:
                first, second = self._text(one, stage), self._text(other, stage)
                for text in (f"{first}，{second}", f"{second}，{first}"):
                    if first and second and {one, other} <= _ids(self._understood(text, stage)):
                        return frozenset({one, other}), text
        return None


_MACHINE = announced("")


def _intents(grammars: Iterable[Grammar]) -> Iterator[Intent]:
    return (intent for grammar in grammars for intent in grammar.intents)


def _ids(understood: Understanding) -> set[str]:
    ids = {hit.id for hit in understood.hits if not hit.negated}
    return ids | {announced(understood.disposition)} if understood.disposition else ids


def _phrases(intent: Intent) -> list[str]:
    """Words to try, the most typical of the intent first; a word said to go along and a single syllable come last."""
    texts = [phrase.text for phrase in intent.phrases if not phrase.pattern and not phrase.weak]
    rest = [phrase.text for phrase in intent.phrases if not phrase.pattern and phrase.weak]
    common = Counter(pair for text in texts for pair in pairwise(text))
    texts.sort(key=lambda text: -sum(common[pair] for pair in pairwise(text)) / max(len(text) - 1, USUAL_LENGTH - 1))
    told = TELLING_INTENTS.get(intent.id)
    return [*([TELLING[told]] if told else []), *texts[:MOST_TRIED], *intent.examples, *rest]


_ACTS: tuple[Callable[[Rule], object], ...] = (
    lambda rule: rule.go, lambda rule: rule.transfer, lambda rule: rule.end, lambda rule: rule.over,
    lambda rule: rule.limit, lambda rule: rule.accept is not None, lambda rule: rule.contact,
    lambda rule: rule.do is not NOTHING, lambda rule: rule.fill, lambda rule: rule.need, lambda rule: rule.when,
    lambda rule: rule.ignore, lambda rule: rule.also, lambda rule: rule.repeat, lambda rule: rule.wait_ms,
    lambda rule: rule.hold_ms,
)  # fmt: skip


def _only_answers(rule: Rule) -> bool:
    """Does this rule say something and nothing else?"""
    return not any(acts(rule) for acts in _ACTS)


def _is_of(stage: Stage, rule: Rule) -> bool:
    return rule.path.startswith(f"{stage.name}.")


def _slots(stage: Stage) -> set[str]:
    rules = [*stage.expect, *(rule for recovery in stage.recover for rule in recovery.expect)]
    return {*stage.fill, *(name for rule in rules for name in (*rule.fill, *rule.need))}
