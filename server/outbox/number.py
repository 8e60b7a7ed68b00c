"""Telephone numbers as a list of them needs them: one spelling for each, whoever wrote it."""

from __future__ import annotations

import re
import unicodedata

_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s().\-\u2010-\u2015/]+")
_MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[3-9][0-9]{9})")
"""Of China; exchanges put a 0 before it on calls to other cities."""
_LANDLINE = re.compile(r"(?:\+|00)860?((?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8})")
_OTHER = re.compile(r"\+?[0-9]{3,}")


def plain(number: str) -> str:
    """`+86 138-0000-1234` and `sip:013800001234@gw` are 13800001234; empty for what is no number, as `anonymous`."""
    text = _SCHEME.sub("", unicodedata.normalize("NFKC", number).strip(), count=1)
    text = _BETWEEN.sub("", re.split("[@;]", text, maxsplit=1)[0])
    if found := _MOBILE.fullmatch(text):
        return found[1]
    if found := _LANDLINE.fullmatch(text):
        return f"0{found[1]}"
    return re.sub("^00", "+", text) if _OTHER.fullmatch(text) else ""


def account(told: str) -> str:
    """The same for what may also be the name of an account."""
    return plain(told) or told.strip().casefold().encode(errors="replace").decode()
