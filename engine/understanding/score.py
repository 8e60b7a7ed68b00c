"""How well a set of labelled sentences is understood: precision and recall of every intent, and polarity flips.

A missed intent costs a reprompt; a "no" heard as "yes" costs the caller's trust. So flips are counted apart, each with
its sentence, and no average hides them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, cast

from engine.understanding.grammar import Understanding, announced

Polarity = Literal["yes", "no", "none"]

YES = frozenset({"affirm", "confirm"})
NO = frozenset({"refuse", "deny", "decline_contact", "do_not_call", "complain", "abuse"})
"""What a rule would act on as consent, and as its opposite."""
SLIGHT = frozenset({"neutral", "greet"})
"""嗯 and 你好 go with anything: heard besides, they are a mistake only where a sentence says so."""


class LabelError(ValueError):
    """A line that is no labelled sentence; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it means, decided by people."""

    say: str
    meant: frozenset[str] = frozenset()
    """All intents it carries; a disposition as `announced:busy`."""
    may: frozenset[str] = frozenset()
    """Intents that somebody might hear in it too: neither asked for nor a mistake."""
    never: frozenset[str] = frozenset()
    """Intents that it would be a mistake to hear; every intent that is not named anywhere is one as well."""
    polarity: Polarity = "none"
    role: str = ""
    """The role of the stage in which it is said."""
    about: str = ""
    """The class of utterances that it stands for, U01 to U32."""
    kind: str = "plain"
    """What makes it hard: negated, homophone, dialect, last-clause …"""
    place: str = ""
    """file:line"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a matcher made of a sentence."""

    ids: tuple[str, ...]
    """Strongest first; without what was negated."""

    @property
    def polarity(self) -> Polarity:
        """That of the strongest answer."""
        return next(("yes" if name in YES else "no" for name in self.ids if name in YES or name in NO), "none")


@dataclass(frozen=True, slots=True)
class Slip:
    """A sentence that was not understood as labelled."""

    sentence: Sentence
    heard: Heard
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one intent, class or kind."""

    name: str
    right: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def count(self) -> int:
        """How many sentences carry it."""
        return self.right + self.missed

    @property
    def recall(self) -> float:
        return self.right / self.count if self.count else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.missed + self.wrong) if self.right else 0.0


@dataclass(frozen=True, slots=True)
class Scorecard:
    sentences: int
    intents: tuple[Tally, ...]
    """By intent: sentences that carry it and were heard so (right) or not (missed), and others heard so (wrong)."""
    classes: tuple[Tally, ...]
    """By class of utterances: sentences of which all was heard, or not; `wrong` those in which too much was heard."""
    kinds: tuple[Tally, ...]
    """The same by what makes them hard."""
    flips: tuple[Slip, ...]
    """A "no" heard as "yes", or a "yes" heard as "no"."""
    invented: tuple[Slip, ...]
    """Neither, heard as "yes" or "no"."""
    slips: tuple[Slip, ...]
    """Everything that was missed or heard wrongly."""
    opinionated: int
    """How many sentences say yes or no, and so can flip."""

    @property
    def macro_recall(self) -> float:
        """The mean over intents, so that a rare one counts as much as a frequent one."""
        return _mean(tally.recall for tally in self.intents if tally.count)

    @property
    def macro_precision(self) -> float:
        return _mean(tally.precision for tally in self.intents if tally.count)

    @property
    def macro_f1(self) -> float:
        return _mean(tally.f1 for tally in self.intents if tally.count)


def score(sentences: Iterable[Sentence], hear: Callable[[Sentence], Heard]) -> Scorecard:
    """Ask a matcher for every sentence and compare."""
    slips = [_compare(sentence, hear(sentence)) for sentence in sentences]
    ids: dict[str, list[int]] = {}
    classes: dict[str, list[int]] = {}
    kinds: dict[str, list[int]] = {}
    for slip in slips:
        for name in slip.sentence.meant:
            _count(ids, name, 1 if name in slip.missed else 0)
        for name in slip.wrong:
            _count(ids, name, 2)
        for table, name in ((classes, slip.sentence.about), (kinds, slip.sentence.kind)):
            if name:
                _count(table, name, 1 if slip.missed else 0)
                if slip.wrong:
                    _count(table, name, 2)
    turned = [slip for slip in slips if slip.heard.polarity not in ("none", slip.sentence.polarity)]
    return Scorecard(
        len(slips),
        _tallies(ids),
        _tallies(classes),
        _tallies(kinds),
        tuple(slip for slip in turned if slip.sentence.polarity != "none"),
        tuple(slip for slip in turned if slip.sentence.polarity == "none"),
        tuple(slip for slip in slips if slip.missed or slip.wrong),
        sum(slip.sentence.polarity != "none" for slip in slips),
    )


def heard_by(understood: Understanding) -> Heard:
    """What the engine would act on."""
    ids = tuple(hit.id for hit in understood.hits if not hit.negated)
    return Heard((announced(understood.disposition), *ids) if understood.disposition else ids)


def sentence_from(value: object, place: str, known: Collection[str] = ()) -> Sentence:
    """The labelled sentence in a JSON object.

    Raises LabelError for what is missing, unknown or contradicts itself; `known` are the intents there are.
    """
    if not isinstance(value, Mapping):
        raise LabelError("not a JSON object")
    unknown = value.keys() - _KEYS
    if unknown:
        raise LabelError(f"unknown key '{min(unknown)}'")
    say, polarity = value.get("say"), value.get("polarity", "none")
    if not isinstance(say, str) or not say:
        raise LabelError("'say' must be a sentence")
    if polarity not in ("yes", "no", "none"):
        raise LabelError("'polarity' must be yes, no or none")
    texts = {key: value.get(key, "") for key in _TEXTS}
    if not all(isinstance(text, str) for text in texts.values()):
        raise LabelError(f"{', '.join(_TEXTS)} must be texts")
    meant, may, never = (_names(value, key, known) for key in ("is", "may", "not"))
    if meant & never or may & never:
        raise LabelError("'not' contradicts 'is' or 'may'")
    if disposition := texts["disposition"]:
        if known and announced(disposition) not in known:
            raise LabelError(f"no disposition '{disposition}'")
        meant |= {announced(disposition)}
    return Sentence(
        say, meant, may, never, cast("Polarity", polarity), texts["role"], texts["class"], texts["kind"], place
    )


_TEXTS = ("role", "disposition", "class", "kind")
_KEYS = frozenset(("say", "is", "may", "not", "polarity", *_TEXTS))


def _names(value: Mapping[object, object], key: str, known: Collection[str]) -> frozenset[str]:
    names = value.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise LabelError(f"'{key}' must be a list of intents")
    strange = [name for name in names if known and name not in known]
    if strange:
        raise LabelError(f"no intent '{strange[0]}'")
    return frozenset(names)


def _compare(sentence: Sentence, heard: Heard) -> Slip:
    missed = sorted(name for name in sentence.meant if name not in heard.ids)
    welcome = sentence.meant | sentence.may | (SLIGHT - sentence.never)
    wrong = dict.fromkeys(name for name in heard.ids if name not in welcome)
    return Slip(sentence, heard, tuple(missed), tuple(wrong))


def _count(table: dict[str, list[int]], name: str, column: int) -> None:
    table.setdefault(name, [0, 0, 0])[column] += 1


def _tallies(table: Mapping[str, list[int]]) -> tuple[Tally, ...]:
    return tuple(Tally(name, *counts) for name, counts in sorted(table.items()))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0
