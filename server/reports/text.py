"""Texts and numbers as a report shows them. What callers said comes from outside: it is cleaned and bounded here."""

from __future__ import annotations

import re

LONGEST = 300
"""Characters of one text that a page shows; nobody reads more of it there, and the log has the whole."""
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What has no place in HTML or no form in UTF-8: control characters, halves of surrogate pairs."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NONE = "—"
"""Where there is nothing to show."""


class Number(str):
    """A text that is set as a number: to the right, digits below digits."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text with a mark in place of every character that no page can show."""
    return _UNSHOWABLE.sub(REPLACEMENT, text)


def cut(text: str, most: int = LONGEST) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def count(number: float) -> Number:
    """`12,345`; a fraction keeps one digit."""
    return Number(f"{number:,}" if isinstance(number, int) else f"{number:,.1f}")


def percent(part: float, whole: float) -> Number:
    """`12.3 %`, or a dash of nothing."""
    return Number(f"{part / whole:.1%}".replace("%", " %") if whole else NONE)


def seconds(ms: float | None) -> Number:
    """`12.3 s`, and from a minute on `2:05`."""
    if ms is None:
        return Number(NONE)
    whole = round(ms / 1000)
    return Number(f"{ms / 1000:.1f} s" if ms < 59_950 else f"{whole // 60}:{whole % 60:02}")


def width(text: str) -> int:
    """About how wide it is, in half characters of Chinese."""
    return sum(1 if char < "\u1100" else 2 for char in text)
