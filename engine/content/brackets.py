"""Mending what stands within brackets on one line: `{hear: affirm, say: 好的, go: bye}`.

Here most slips happen, as everything stands close together: punctuation of a Chinese keyboard, a comma forgotten, a
quote left open, a comparison written as in mathematics. Each way of mending is tried, and one that makes YAML of the
line is what the author is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake within brackets, and the line as it was meant."""

    column: int
    message: str
    hint: str
    mended: str


def slip_in(line: str, start: int, is_yaml: Callable[[str], bool]) -> Slip | None:
    """What is wrong within the bracket that opens at `start`, if one of the ways makes the line readable."""
    for ways in (_full_width, _left_open, _comma_forgotten, _comparison):
        for slip in ways(line, start):
            if is_yaml(slip.mended):
                return slip
    return None


_KEY = r"[a-z_]+"
_WIDE = re.compile(
    rf"(?<=[\[{{,，｛［])(?P<colon>\s*{_KEY}\s*：\s*)|(?P<comma>\s*，\s*)(?={_KEY}\s*[:：])|(?P<closer>[｝］])\s*$"
)
_CALLED = {"：": "colon", "，": "comma", "｝": "brace", "］": "bracket"}
_PLAIN = {"：": ": ", "，": ", ", "｝": "}", "］": "]"}


def _full_width(line: str, start: int) -> Iterator[Slip]:
    """`{hear: affirm，go：bye｝`: the marks between keys become plain ones; those within texts stay."""
    columns: list[tuple[int, str]] = []
    mended, at = line, start
    while found := _WIDE.search(mended, at):
        mark = next(sign for sign in found[0] if sign in _PLAIN)
        columns.append((line.find(mark, columns[-1][0] + 1 if columns else start), mark))
        plain = found[0].rstrip().replace(mark, _PLAIN[mark])
        plain = plain if mark != "，" else _PLAIN[mark]
        mended, at = mended[: found.start()] + plain + mended[found.end() :], found.start() + len(plain) - 1
    if columns:
        column, mark = columns[0]
        hint = f"write '{_PLAIN[mark].strip()}'" + (" and a space" if mark in "：，" else "")
        yield Slip(column, f"'{mark}' is a full-width {_CALLED[mark]}", hint, mended)


def _left_open(line: str, start: int) -> Iterator[Slip]:
    """`{say: "好的, go: bye}`, `{hear: [busy, go: bye}`: what was opened ends before the next key, or with the rest."""
    for opener, closer in _CLOSERS.items():
        opened = line.rfind(opener)
        if opened <= start or line.count(opener, start) == (line.count(closer, start) if opener != closer else 0):
            continue
        message = f"this {'quote' if opener == closer else 'bracket'} is not closed"
        for end in re.finditer(rf",\s+(?={_KEY}:\s)|[}}\]]+\s*$", line[opened:]):
            place = opened + end.start()
            hint = f"write {closer} before '{line[place:].strip()[:20]}'"
            yield Slip(opened, message, hint, line[:place] + closer + line[place:])


_CLOSERS = {'"': '"', "'": "'", "[": "]"}


def _comma_forgotten(line: str, start: int) -> Iterator[Slip]:
    """`{hear: affirm go: bye}`: a key in the middle of a value."""
    for gap in re.finditer(rf"(?<=[^\s,{{\[])\s+(?P<key>{_KEY}):\s", line[start:]):
        place = start + gap.start()
        yield Slip(
            start + gap.start("key"), f"a comma is missing before '{gap['key']}:'", f"write ', {gap['key']}: '",
            line[:place] + "," + line[place:],
        )  # fmt: skip


def _comparison(line: str, start: int) -> Iterator[Slip]:
    """`{turns: >2}`: to YAML a text of several lines begins there; conditions have a word for it."""
    if found := re.compile(r":\s*(>=?)\s*(\d+)").search(line, start):
        meant = f"{{{'at_least' if '=' in found[1] else 'more_than'}: {found[2]}}}"
        message = f"a comparison is not written with '{found[1]}'"
        yield Slip(found.start(1), message, f"write {meant}", f"{line[: found.start()]}: {meant}{line[found.end() :]}")
