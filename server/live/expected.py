"""What a caller is likely to say now: hints for the recogniser, and how long to wait for the end of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from engine.dialogue.state import State
from engine.language.prompts import asks_yes_no
from engine.language.script import Script
from engine.language.stage import Rule
from engine.understanding.grammar import Intent
from server.speech.listening import Kind

MOST_PHRASES = 40
"""A recogniser's prompt holds about two hundred tokens, some three for each of these."""
_NUMBERS = frozenset({"number", "digits"})
SIGNS = ("喂", "嗯", "嗯嗯", "好的", "对")
"""What is said anywhere; a recogniser without a hint makes words of it."""
ANNOUNCED = tuple(
    "您拨打的电话已关机 您拨叫的用户正忙 请稍后再拨 正在通话中 暂时无法接通 无人接听 不方便接听 是空号 已停机"
    " 已暂停服务 不在服务区 呼入限制 呼叫转移 来电提醒 短信通知机主 请在提示音后留言 网络忙 请充值后再拨".split()
)
"""What is said before the answer is an announcement."""
_SLIGHT = frozenset({"neutral", "greet"})


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    phrases: tuple[str, ...]
    kind: Kind
    intents: frozenset[str]

    def answered_by(self, script: Script, state: State, text: str) -> bool:
        """Do these words, as far as they go, answer the question already?"""
        if self.kind == "number":
            return False
        stage = script.stages.get(state.stage)
        words = script.words | (stage.words if stage else frozenset())
        role = stage.role if stage else ""
        heard = script.lexicon.understand(text, now=state.now, role=role, words=words)
        return any(hit.id in self.intents and hit.id not in _SLIGHT and not hit.negated for hit in heard.hits)


class Expectations:
    """Those of one script, each worked out once, since all its calls pass the same places."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._known: dict[tuple[str, str, bool], Expectation] = {}

    def at(self, state: State) -> Expectation:
        """What to expect where the call stands; the same object as long as that is the same."""
        place = (state.stage, state.focus.slot, asks_yes_no(state.question))
        if place not in self._known:
            self._known[place] = _expectation(self._script, *place)
        return self._known[place]


def _expectation(script: Script, name: str, slot: str, yes_no: bool) -> Expectation:
    stage = script.stages.get(name)
    if stage is None:
        return Expectation(ANNOUNCED, "any", frozenset())
    names = [slot] if slot else list(stage.fill)
    number = any(script.slots[each].type in _NUMBERS for each in names)
    kind: Kind = "number" if number else "short answer" if yes_no else "any"
    heard = frozenset(_heard(stage.expect)) | stage.refusal
    general = frozenset(_heard((*script.always, *script.answers)))
    phrases = dict.fromkeys(
        (*SIGNS, *sorted(stage.words), *_samples(script, heard), *_samples(script, general - heard))
    )
    return Expectation(tuple(islice(phrases, MOST_PHRASES)), kind, heard | general | stage.words)


def _heard(rules: Iterable[Rule]) -> Iterator[str]:
    return (each for rule in rules for each in rule.hear)


def _samples(script: Script, ids: frozenset[str]) -> Iterator[str]:
    """A phrase of each intent, then the next of each, and so on: the commonest come first in a grammar."""
    intents = [intent for grammar in script.grammars for intent in grammar.intents if intent.id in ids]
    for row in zip_longest(*(_plain(intent) for intent in intents)):
        yield from (phrase for phrase in row if phrase)


def _plain(intent: Intent) -> list[str]:
    return [each.text for each in intent.phrases if each.text.isalpha()]
