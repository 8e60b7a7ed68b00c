"""Who has answered, a human or a machine? Judged by how the call opens, each sign with its weight.

A human says little, soon, and then waits for an answer; a machine reads out a text, and neither waits nor reacts. What
a machine says is known from the grammars as a rule; the other signs are for those in their owner's own words. Where
nothing is certain it is a human: a machine that is talked to costs a minute, a human who is hung up on is lost.

How well this does on labelled openings is in docs/howto/outcomes.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from engine.grading.outcome import SPEAKING_MACHINES, announced
from engine.grading.said import CHATTER
from engine.grading.words import Disposition
from engine.understanding.grammar import Hit

POLITE = CHATTER | {"affirm", "confirm", "goodbye", "ask_wait"}
"""What a machine that talks may say as well as a human."""
COURTESIES = POLITE | {"busy", "hesitate", "give_time", "ask_identity", "deny"}
"""What may stand among words that a machine reads out: 机主正在休息，可以的话请稍后联系."""
SHORT = 6
"""Letters of an utterance that needs no such look."""

Who = Literal["human", "machine", "unclear"]

SOON_MS = 1_500
"""Within this time of the answer a human says 喂."""
LONG_MS, VERY_LONG_MS = 4_000, 7_000
"""Of an utterance without a pause."""
SHORT_MS = 1_500
MACHINE, HUMAN = 50, -20
"""A sum of weights from or up to which it is certain."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What was heard since the answer, up to the first pause or the beep."""

    words: str = ""
    state: str = ""
    """The disposition that the words announce."""
    understood: bool = False
    """They mean something that a caller says."""
    after_ms: int | None = None
    """From the answer to the first voice; None when there was none."""
    speech_ms: int = 0
    """Of the first utterance, without a pause."""
    beep: bool = False
    """A mailbox's beep was heard."""
    reacted: bool = False
    """It was said in answer to the bot."""


class Sign(NamedTuple):
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Verdict:
    who: Who
    score: int
    signs: tuple[Sign, ...]
    disposition: Disposition | None = None
    """Of a machine."""


_MENU = re.compile(
    "按(?:[零一二三四五六七八九0-9*#]|井|星)(?!下)|分机号|井号键|星号键|press (one|two|[0-9])|通话(可能)?将.?被?录音",
    re.IGNORECASE,
)
_TEMPLATE = re.compile("尊敬的|各位|敬请|谨防|详情请|期待您的|感谢您的(?:来电|配合)|祝您?(?:你|一切)|留言|诸位")
"""As nobody talks, only texts that are read out."""
_GREETS = re.compile("^[喂哎嗨]*[，,？?]*(?:喂|你好|您好|哪位|谁啊?|hello|说|讲|哎|嗯|啊)", re.IGNORECASE)


def judge(opening: Opening) -> Verdict:
    signs = tuple(_signs(opening))
    score = sum([sign.weight for sign in signs])
    who: Who = "machine" if score >= MACHINE else "human" if score <= HUMAN else "unclear"
    return Verdict(who, score, signs, _kind(opening) if who == "machine" else None)


def _signs(opening: Opening) -> list[Sign]:
    letters = sum([char.isalnum() for char in opening.words])
    greets = bool(_GREETS.search(opening.words)) and letters <= 8
    soon = opening.after_ms is not None and opening.after_ms <= SOON_MS
    told = (
        (announced(opening.state), "announcement"),
        (_MENU.search(opening.words), "menu"),
        (_TEMPLATE.search(opening.words), "read out"),
        (opening.beep, "beep"),
        (opening.beep and not letters, "nothing but a beep"),
        (opening.speech_ms >= LONG_MS, "long without a pause"),
        (opening.speech_ms >= VERY_LONG_MS, "very long"),
        (greets and soon, "greets at once"),
        (0 < opening.speech_ms <= SHORT_MS, "short"),
        (opening.understood and opening.speech_ms < LONG_MS, "says what callers say"),
        (opening.reacted, "reacts to the bot"),
    )
    return [Sign(name, WEIGHTS[name]) for holds, name in told if holds]


WEIGHTS = {
    "announcement": 60,
    "menu": 50,
    "read out": 20,
    "beep": 40,
    "nothing but a beep": 20,
    "long without a pause": 20,
    "very long": 20,
    "greets at once": -40,
    "short": -20,
    "says what callers say": -20,
    "reacts to the bot": -60,
}
"""What each sign adds; those of machines are positive."""


def _kind(opening: Opening) -> Disposition:
    """Of a machine in its own words a mailbox is assumed, which is the milder."""
    return announced(opening.state) or ("switchboard" if _MENU.search(opening.words) else "voicemail")


def takes_over(announcement: str, text: str, hits: tuple[Hit, ...]) -> bool:
    """Do these words come from a human who has taken over from the machine?

    A machine goes on in words that no grammar knows, with polite ones among them (您可以说出您的姓名); those of a human
    are short, or understood for the better part.
    """
    machine_says = POLITE if announcement in SPEAKING_MACHINES else {"neutral"}
    said = [hit for hit in hits if not hit.negated and hit.id not in machine_says]
    if not said or any(hit.id not in COURTESIES for hit in said):
        return bool(said)
    letters = sum(char.isalnum() for char in text)
    understood = {place for hit in hits for place in range(*hit.span)}
    return letters <= SHORT or 2 * len(understood) >= letters
