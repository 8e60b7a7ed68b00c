"""What was said on a recording, as its recogniser heard it: pieces of speech with their times, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from engine.calls.events import Alternative

Speaker = Literal["caller", "bot", "unknown"]

BREATH_MS = 900
"""A prompt pauses less between its sentences, and a bot thinks longer before its next one."""


@dataclass(frozen=True, slots=True)
class Utterance:
    start_ms: int
    end_ms: int
    text: str
    """Empty where there was voice and the recogniser had no words for it."""
    speaker: Speaker = "unknown"
    confidence: float | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def lasted_ms(self) -> int:
        return self.end_ms - self.start_ms


def in_one_breath(said: Iterable[Utterance]) -> list[Utterance]:
    """In the order of their beginnings, with what the bot says in one breath put together, since a recogniser cuts its
    prompts at their pauses. Where the caller has said something in a pause, what follows is an answer to it.
    """
    joined: list[Utterance] = []
    last_of_caller_ms = -1
    bot: int | None = None
    for one in sorted(said, key=lambda each: (each.start_ms, each.end_ms)):
        if one.speaker == "caller" and one.text:
            last_of_caller_ms = max(last_of_caller_ms, one.end_ms)
        if one.speaker != "bot":
            joined.append(one)
            continue
        if not one.text:  # music, or a noise of its line
            continue
        before = joined[bot] if bot is not None else None
        if before and one.start_ms - before.end_ms <= BREATH_MS and not (
            before.end_ms <= last_of_caller_ms <= one.start_ms
        ):  # fmt: skip
            assert bot is not None  # noqa: S101  there is one before
            joined[bot] = _together(before, one)
        else:
            bot = len(joined)
            joined.append(one)
    return joined


def _together(first: Utterance, second: Utterance) -> Utterance:
    known = [each.confidence for each in (first, second) if each.confidence is not None]
    text = f"{first.text}，{second.text}"
    return replace(
        first, end_ms=second.end_ms, text=text, confidence=min(known, default=None), alternatives=()
    )  # fmt: skip
