"""Who speaks where a recording does not say so: the bot is who says the script's prompts.

On a mono recording what is no prompt is the caller's only where the prompts around it were recognised, so that the bot
is known to be this script's; whatever lies between (half a prompt, or talk before the first one) stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from engine.recorded.prompts import KNOWN, LEAST, SHORT, Known, KnownPrompts, letters_of, likeness
from engine.recorded.utterance import BREATH_MS, Speaker, Utterance

FOREIGN = 58.0
"""Of a hundred: what is less like every prompt is none of them."""
LEAST_PIECE = 4
"""Letters of a piece of a prompt; less is a sound of somebody listening."""


def bot_side(sides: Sequence[Iterable[Utterance]], prompts: KnownPrompts) -> int | None:
    """Which of these sides says the prompts; None where neither does, or both."""
    counts = [sum(prompts.find(each.text) is not None for each in side) for side in sides]
    best = max(range(len(counts)), key=counts.__getitem__)
    others = sum(counts) - counts[best]
    return best if counts[best] > 2 * others else None


def split(said: Sequence[Utterance], prompts: KnownPrompts) -> list[Utterance]:
    """The utterances of a mono recording with their speakers, as far as these are known."""
    said = [part for each in said for part in _apart(each, prompts)]
    speakers: list[Speaker] = [_speaker(each, prompts) for each in said]
    for place, each in enumerate(said):
        if speakers[place] != "bot" and any(
            speakers[near] == "bot" and _go_together(each, said[near], prompts)
            for near in (place - 1, place + 1)
            if 0 <= near < len(said)
        ):
            speakers[place] = "bot"
    first = next((place for place, speaker in enumerate(speakers) if speaker == "bot"), len(said))
    speakers[:first] = ["unknown"] * first
    return [replace(each, speaker=speaker) for each, speaker in zip(said, speakers, strict=True)]


def _speaker(one: Utterance, prompts: KnownPrompts) -> Speaker:
    if prompts.find(one.text):
        return "bot"
    sound = letters_of(one.text)
    if len(sound) < LEAST:
        return "caller"
    most = max((likeness(known.pieces, sound) for known in prompts.all), default=0.0)
    return "caller" if most < FOREIGN else "unknown"


def _apart(one: Utterance, prompts: KnownPrompts) -> list[Utterance]:
    """A quick answer that was heard in one piece with the prompt before it: neither may be taken for the other."""
    known, sound = prompts.find(one.text), letters_of(one.text)
    whole = "".join(known.pieces) if known and not known.has_gaps else ""
    if not LEAST <= len(whole) <= len(sound) - LEAST_PIECE:
        return [one]
    found = fuzz.partial_ratio_alignment(whole, sound)
    place = len(one.text)
    while found and place and len(letters_of(one.text[place - 1 :])) <= len(sound) - found.dest_end:
        place -= 1
    rest = one.text[place:].strip("，, ")
    if len(letters_of(rest)) < LEAST_PIECE or _speaker(replace(one, text=rest), prompts) != "caller":
        return [one]
    at_ms = one.start_ms + one.lasted_ms * place // len(one.text)
    return [
        replace(one, end_ms=at_ms, text=one.text[:place], alternatives=()),
        Utterance(at_ms, one.end_ms, rest),
    ]


def _go_together(one: Utterance, bot: Utterance, prompts: KnownPrompts) -> bool:
    """Is this the beginning or the end of the prompt beside it, cut off at a pause?"""
    first, second = sorted((one, bot), key=lambda each: each.start_ms)
    known = prompts.find(bot.text)
    piece = letters_of(one.text)
    if known is None or second.start_ms - first.end_ms > BREATH_MS or len(piece) < LEAST_PIECE:
        return False
    if likeness((piece,), "".join(known.pieces)) < SHORT:
        return False
    both, alone = letters_of(first.text + second.text), letters_of(bot.text)
    gained = _covered(known, both) - _covered(known, alone)
    return gained >= KNOWN * (len(both) - len(alone)) > 0


def _covered(known: Known, sound: str) -> float:
    """How many of the prompt's letters these are, in hundredths; what does not belong there takes some away."""
    length = sum(map(len, known.pieces))
    return likeness(known.pieces, sound) * len(sound) if len(sound) <= length else 100.0 * length - 100.0 * len(sound)
