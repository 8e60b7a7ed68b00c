"""Mending YAML: for a line that cannot be read, the ways in which its author probably meant it.

A text that begins with `{name}` or contains `: ` wants quotes, a tab wants to be spaces, a quote wants an end. Every
way is a `Fix`: what to tell the author, and the lines as they are to be read instead. Whether it helps, the reader
finds out by reading on (`engine.content.source`). Lines and columns count from 0 here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.content.brackets import slip_in


@dataclass(frozen=True, slots=True)
class Page:
    """What is mended."""

    lines: Sequence[str]
    is_yaml: Callable[[str], bool]
    """Whether a line is YAML taken by itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """A mistake."""

    line: int
    column: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A line that is read instead."""

    line: int
    text: str
    start: int
    """From which column (from 0) on the line's characters moved."""
    moved: int


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair of one line or more."""

    told: tuple[Told, ...]
    """What is wrong, at places of the lines as they are before the edits."""
    edits: tuple[Edit, ...]


_KEY = r"""(?:"[^"]*"|'[^']*'|[^\s"'{\[#][^:#]*?)\s*:\s+"""
_LINE = re.compile(rf"\s*(?:-\s+)*(?:{_KEY})?(?P<value>[^\s#].*?)(?:\s+#.*)?$")
MAX_MENDED_CHARACTERS = 2000
"""Longer lines are not mended, as the patterns take time that grows with the square of their spaces."""
_COLON = re.compile(r"(?P<key>\s*(?:-\s+)*[\w-]+)(?P<colon>\s*：\s*|:(?=[^\s:/]))")
_IN_BRACKETS = re.compile(r"""(?:[^\s,:\[\]{}"'][^,:\[\]{}"']*)?(?:\{\w+\}[^,\[\]{}"'\n]*)+""")
_DIGITS = {"x": 2, "u": 4, "U": 8}
"""Of an escape that begins so."""
_CLOSERS = {"[": "]", "{": "}", '"': '"', "'": "'"}


def fixes(page: Page, broken: int, context: int) -> Iterator[Fix]:
    """Repairs worth trying, the most likely first, where reading ended at one line in something begun at another."""
    for number in _suspects(page, broken, context):
        for propose in _PROPOSALS:
            if fix := propose(page, number):
                yield fix
    yield from _indented(page, broken)


def escape(page: Page, number: int, column: int) -> Fix | None:
    """A backslash in double quotes that begins no escape of YAML, at this column or right before it, means itself."""
    line = page.lines[number]
    place = line.rfind("\\", 0, column + 1)
    if place < 0 or not (letter := line[place + 1 : place + 2]):
        return None
    more = f" without {_DIGITS[letter]} hexadecimal digits that are a character" if letter in _DIGITS else ""
    hint = f"write '\\\\{letter}' for a backslash, or put the text in single quotes"
    told = Told(number, place, f"'\\{letter}'{more} is no escape of YAML", hint)
    return Fix((told,), (Edit(number, f"{line[:place]}\\{line[place:]}", place, 1),))


def _suspects(page: Page, broken: int, context: int) -> list[int]:
    """The line YAML stumbled over, the one above, where its context began, and the last one that opened a quote."""
    above = next((n for n in range(broken - 1, -1, -1) if page.lines[n].strip()), broken)
    opened = next((n for n in range(broken - 1, -1, -1) if _unclosed_quote(page.lines[n])), broken)
    return list(dict.fromkeys((broken, above, context, opened)))


def focus(lines: list[str], first: int) -> list[str]:
    """The lines from `first` on, below those that they hang on; the others are blank, so that numbers stay."""
    kept = [""] * first + lines[first:]
    inner = len(indent_of(lines[first])) + 1
    for number in range(first - 1, -1, -1):
        depth = len(indent_of(lines[number]))
        if depth < inner and lines[number].strip():
            kept[number], inner = lines[number], depth
    return kept


def _split(line: str) -> re.Match[str] | None:
    return _LINE.match(line) if len(line) <= MAX_MENDED_CHARACTERS else None


def _unclosed_quote(line: str) -> bool:
    found = _split(line) if '"' in line or "'" in line else None
    value = found["value"] if found else ""
    if value[:1] in ("[", "{"):
        return value.count('"') % 2 == 1 or value.count("'") % 2 == 1
    return value[:1] in ("'", '"') and value.count(value[0]) == 1


def _tabs(page: Page, number: int) -> Fix | None:
    """Every tab that indents becomes spaces, as many as fit the first; one problem stands for all of them."""
    if "\t" not in indent_of(page.lines[number]):
        return None
    tabbed = [line for line, text in enumerate(page.lines) if "\t" in indent_of(text)]
    width = _tab_width(page, number)
    edits = []
    for line in tabbed:
        text, indent = page.lines[line], indent_of(page.lines[line])
        moved = indent.expandtabs(width)
        edits.append(Edit(line, moved + text[len(indent) :], 0, len(moved) - len(indent)))
    others = f" (and {len(tabbed) - 1} more)" if len(tabbed) > 1 else ""
    place = tabbed[0], indent_of(page.lines[tabbed[0]]).index("\t")
    return Fix((Told(*place, f"a tab indents this line{others}", "indent with spaces"),), tuple(edits))


def _tab_width(page: Page, number: int) -> int:
    """The width that puts the line below what opens just above it, or beside lines above it."""
    above = next((line for line in reversed(page.lines[:number]) if line.strip()), "")
    beside = _depths_above(page, number)
    for width in (2, 4, 8):
        depth = len(indent_of(page.lines[number]).expandtabs(width))
        if depth > len(indent_of(above)) if above.rstrip().endswith(":") else depth in beside:
            return width
    return 2


def _dash(page: Page, number: int) -> Fix | None:
    """`-您好` becomes `- 您好`: an item of a list."""
    line = page.lines[number]
    column = len(indent_of(line))
    if not re.match(r"-[^\s\d-]", line[column:]):
        return None
    told = Told(number, column, "a space is missing after '-'", "write '- '")
    return Fix((told,), (Edit(number, f"{line[:column]}- {line[column + 1 :]}", column + 1, 1),))


def _colon(page: Page, number: int) -> Fix | None:
    """`say：text` and `say:text` become `say: text`, and the same on the lines right above, which YAML read as one."""
    told: list[Told] = []
    edits: list[Edit] = []
    while number >= 0 and (found := _COLON.match(page.lines[number][:MAX_MENDED_CHARACTERS])):
        line, key = page.lines[number], found["key"]
        message = "'：' is a full-width colon" if "：" in found["colon"] else "a space is missing after ':'"
        hint = f"write '{key.strip(' -')}: ' with ':' and a space"
        told.append(Told(number, len(key), message, hint))
        text = f"{key}: {line[found.end() :]}"
        edits.append(Edit(number, text, len(key), len(text) - len(line)))
        number -= 1
    return Fix(tuple(told), tuple(edits)) if edits else None


def _closed(page: Page, number: int) -> Fix | None:
    """A quote or bracket that is opened on this line and not closed is closed at its end."""
    line = page.lines[number].rstrip()
    found = _split(line)
    closer = _CLOSERS.get(found["value"][0]) if found else None
    if not found or not closer or page.is_yaml(line) or not page.is_yaml(line + closer):
        return None
    place = number, found.start("value")
    what = "quote" if closer in "'\"" else "bracket"
    told = Told(*place, f"this {what} is not closed", f"write {closer} at the end of the text")
    return Fix((told,), (Edit(number, line + closer, len(line), 1),))


def _in_brackets(page: Page, number: int) -> Fix | None:
    """What was meant by a line whose brackets YAML cannot read."""
    line = page.lines[number]
    found = _split(line)
    if not found or found["value"][0] not in "[{" or page.is_yaml(line):
        return None
    slip = slip_in(line, found.start("value"), page.is_yaml)
    if slip is None:
        return None
    told = Told(number, slip.column, slip.message, slip.hint)
    return Fix((told,), (Edit(number, slip.mended, slip.column, len(slip.mended) - len(line)),))


def _quoted_in_brackets(page: Page, number: int) -> Fix | None:
    """Within brackets, `{name}` text becomes quoted text."""
    line = page.lines[number]
    found = _split(line)
    if not found or not re.match(r"\[|\{\s*\w+\s*:\s", found["value"]) or page.is_yaml(line):
        return None
    runs = list(_IN_BRACKETS.finditer(line, found.start("value") + 1))
    text = _IN_BRACKETS.sub(lambda run: _quote(run.group()), found["value"][1:])
    text = line[: found.start("value") + 1] + text
    if not runs or not page.is_yaml(text):
        return None
    prompt = runs[0].group().strip()
    message = "a text with {…} within brackets needs quotes"
    told = Told(number, runs[0].start(), message, advice(prompt))
    return Fix((told,), (Edit(number, text, runs[0].start(), 2),))


def _quoted(page: Page, number: int) -> Fix | None:
    """A value that YAML cannot read unquoted becomes quoted."""
    line = page.lines[number]
    found = _split(line)
    if not found or page.is_yaml(line):
        return None
    start, value = found.start("value"), found["value"]
    text = line[:start] + _quote(value)
    if not page.is_yaml(text):
        return None
    told = Told(number, start, _why(value), advice(value))
    return Fix((told,), (Edit(number, text, start, 0),))


def _why(value: str) -> str:
    if value.startswith("{"):
        return "an unquoted text cannot begin with {…}"
    if value[0] in "'\"":
        return "the text goes on after its closing quote"
    if re.search(r":(\s|$)", value):
        return "an unquoted text cannot contain ': ' (YAML: mapping values are not allowed here)"
    return f"an unquoted text cannot begin with '{value[0]}'"


def _quote(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def advice(value: str) -> str:
    shown = value if len(value) <= 40 else value[:39] + "…"
    return "quote this prompt: " + (f'"{shown}"' if '"' not in shown and "\\" not in shown else _quote(shown))


def _indented(page: Page, number: int) -> Iterator[Fix]:
    """The line, alone or with the block below it, moves to a depth at which a line above it stands."""
    depth = len(indent_of(page.lines[number]))
    depths = [d for d in _depths_above(page, number) if d != depth]
    for other in sorted(depths, key=lambda d: abs(d - depth))[:3]:
        message = f"this line is indented by {depth}, the lines it belongs to by {other}"
        told = Told(number, depth, message, "lines that belong together begin in the same column")
        for end in dict.fromkeys((_block_end(page, number, depth), number + 1)):
            block = range(number, end)
            edits = (Edit(n, _moved(page.lines[n], other - depth), 0, other - depth) for n in block)
            yield Fix((told,), tuple(edits))


def _depths_above(page: Page, number: int) -> list[int]:
    """The columns at which the line could stand, innermost first: those of the maps and lists still open above it."""
    is_item = page.lines[number].lstrip().startswith("- ")
    depths: list[int] = []
    lowest = max(map(len, page.lines))
    for line in reversed(page.lines[:number]):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = re.match(r"\s*(?:-\s+)+", line)
        depth = len(indent_of(line))
        if item and item.end() < lowest:
            depths.append(item.end())
        if depth < lowest and (is_item or not item):
            depths.append(depth)
        lowest = min(lowest, depth)
        if lowest == 0:
            break
    return depths


def _block_end(page: Page, number: int, depth: int) -> int:
    end = number + 1
    while end < len(page.lines) and len(indent_of(page.lines[end])) >= depth and page.lines[end].strip():
        end += 1
    return end


def _moved(line: str, by: int) -> str:
    return " " * by + line if by > 0 else line[-by:]


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


_PROPOSALS: tuple[Callable[[Page, int], Fix | None], ...] = (
    *(_tabs, _dash, _in_brackets, _closed, _quoted_in_brackets, _quoted, _colon),
)
