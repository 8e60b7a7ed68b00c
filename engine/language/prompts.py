"""From a prompt as written to the words that are said: whose turn is it among the wordings, and what fills the gaps."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from engine.calls.actions import Part
from engine.language.stage import Prompt, Wording

GAP = re.compile(r"\{([^{}\s]+)\}")
"""A variable or slot in a text."""

_LAST_SENTENCE = re.compile(r"[^。！？!?…]*[。！？!?…]*$")
_QUESTION = ("？", "?")
_YES_NO_ENDINGS = (
    *(
        "吗",
        "吧",
        "好不好",
        "行不行",
        "可不可以",
        "可以不",
        "是不是",
        "对不对",
        "有没有",
        "方不方便",
        "要不要",
        "能不能",
    ),
)


def choose(prompt: Prompt, times: int, known: Mapping[str, str], sure: Collection[str] = ()) -> Wording:
    """The wording for the next time (from 0): in turn, passing over those with a gap that nothing fills yet.

    `known` maps variables and slots to their text; `sure` are those that every call knows. A wording that says more
    of what this call happens to know is better than one that says less, so only the best take turns. Where every
    wording has an open gap the first is taken, and the gap stays silent.
    """
    if not prompt:
        return ()
    if not has_gaps(prompt):
        return prompt[times % len(prompt)]
    told = [(wording, set(gaps(wording)).difference(sure)) for wording in prompt]
    ready = [(wording, names) for wording, names in told if all(known.get(name) for name in gaps(wording))]
    most = max((len(names) for _, names in ready), default=0)
    best = [wording for wording, names in ready if len(names) == most] or list(prompt[:1])
    return fill(best[times % len(best)], known)


def has_gaps(prompt: Prompt) -> bool:
    return any("{" in part.text for wording in prompt for part in wording)


def gaps(wording: Wording) -> list[str]:
    """The names that a wording needs."""
    return [name for part in wording for name in GAP.findall(part.text)]


def fill(wording: Wording, known: Mapping[str, str]) -> Wording:
    """The wording with its gaps filled. A recording of a text with gaps cannot be played, so the text is spoken."""
    return tuple(_fill_part(part, known) if "{" in part.text else part for part in wording)


def _fill_part(part: Part, known: Mapping[str, str]) -> Part:
    return replace(part, text=fill_text(part.text, known), audio="")


def fill_text(text: str, known: Mapping[str, str]) -> str:
    return GAP.sub(lambda gap: known.get(gap[1], ""), text)


def stand_in(name: str) -> str:
    """What simulated calls say for a variable that nobody gave them a value for."""
    return f"〔{name}〕"


def last_sentence(parts: Wording) -> Wording:
    """The end of a prompt, short enough to ask again: its last sentence, or its last part where that is recorded."""
    for part in reversed(parts):
        if part.audio:
            return (part,)
        if part.text:
            text = part.text.strip()
            found = _LAST_SENTENCE.search(text)
            sentence = found[0].strip() if found else ""
            return (Part(text=sentence or text),)
    return parts


def _words(parts: Wording) -> str:
    return "".join(part.text for part in parts).rstrip(" \u3000”』」\"'")


def asks(parts: Wording) -> bool:
    """Does it end with a question?"""
    return _words(parts).endswith(_QUESTION)


def asks_yes_no(parts: Wording) -> bool:
    """Does it end with a question that 嗯 answers?"""
    words = _words(parts)
    return words.endswith(_QUESTION) and words.rstrip("？?").endswith(_YES_NO_ENDINGS)
